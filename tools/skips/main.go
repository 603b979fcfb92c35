// Command skips reads the events of "go test -json" and prints what a person
// wants to see: a line a package, the output of what failed, and at the end
// "N passed, N failed, N skipped". It fails if a test failed, if none ran, or if
// one was skipped that the allow-list does not name: a kernel test that skips
// for want of root or of cgroups has proved nothing.
//
//	go test -json ./... | skips -allow FILE
//
// The allow-list has one test a line, "package.Test reason"; * stands for any
// text without a slash, # begins a comment.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// An event is one line of test2json (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build events, which have no Package
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

func main() {
	allow := flag.String("allow", "", "`FILE` that names the tests that may be skipped, with reasons")
	flag.Parse()
	allowed, err := readAllowed(*allow)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(2)
	}
	s := newSummary(allowed, os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(2)
	}
	if !s.finish() {
		os.Exit(1)
	}
}

// readAllowed returns the patterns of the allow-list; each must have a reason.
func readAllowed(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var patterns []string
	for i, line := range strings.Split(string(data), "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		switch len(fields) {
		case 0:
		case 1:
			return nil, fmt.Errorf("%s:%d: %s has no reason", name, i+1, fields[0])
		default:
			patterns = append(patterns, fields[0])
		}
	}
	return patterns, nil
}

// A summary collects what the events say.
type summary struct {
	allowed []string
	out     io.Writer

	passed, failed, skipped int
	packageFailed           bool
	surprises               []string          // skips that the allow-list does not name
	output                  map[string]string // of tests and builds that have not ended, by name
}

func newSummary(allowed []string, out io.Writer) *summary {
	return &summary{allowed: allowed, out: out, output: map[string]string{}}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20) // a test may print a long line
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(s.out, lines.Text()) // not of test2json: the go command's own words
			continue
		}
		s.add(e)
	}
	return lines.Err()
}

func (s *summary) add(e event) {
	name := e.Package + "." + e.Test
	switch e.Action {
	case "output":
		s.output[name] += e.Output
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e, name)
		}
		delete(s.output, name)
	}
}

func (s *summary) endTest(e event, name string) {
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprint(s.out, s.output[name])
	case "skip":
		s.skipped++
		if !slices.ContainsFunc(s.allowed, func(pattern string) bool {
			ok, _ := path.Match(pattern, name)
			return ok
		}) {
			s.surprises = append(s.surprises, name+"\n"+s.output[name])
		}
	}
}

func (s *summary) endPackage(e event) {
	if e.Action == "skip" {
		return // a package without tests
	}
	if e.Action == "fail" {
		s.packageFailed = true
		fmt.Fprint(s.out, s.output[e.Package+"."])
	}
	fmt.Fprintf(s.out, "%-4s  %s  %.1fs\n", e.Action, e.Package, e.Elapsed)
}

// finish prints the totals and says whether all is well.
func (s *summary) finish() bool {
	for _, skip := range s.surprises {
		fmt.Fprintf(s.out, "skipped, and not on the allow-list: %s", skip)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	if s.passed == 0 {
		fmt.Fprintln(s.out, "no test ran")
	}
	return s.passed > 0 && s.failed == 0 && !s.packageFailed && len(s.surprises) == 0
}
