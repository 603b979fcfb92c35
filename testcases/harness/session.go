package harness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/sys/unix"
)

// Session is what the cases of one call of the harness share. It is for one
// goroutine.
type Session struct {
	Judge string // absolute path of the binary; "" runs without one
	Keep  bool   // leave the directories of failed runs

	token       string // in every program's name
	root        string // everything of the session is below
	programs    string
	built       map[string]string // program -> source
	probed      map[string]bool   // @needs
	schema      *jsonschema.Schema
	schemaError error
	leaf        *regexp.Regexp // the form of judge's control groups, see learnLeaf
	learned     bool
	runs        int
	failed      bool
}

// NewSession makes this process a child subreaper and lays out a directory
// for the session, which Close removes.
func NewSession(judge string) (*Session, error) {
	s := &Session{token: "j" + randomWord()[:8], built: map[string]string{}, probed: map[string]bool{}}
	if judge != "" {
		path, err := filepath.Abs(judge)
		if err != nil {
			return nil, err
		}
		if _, err := exec.LookPath(path); err != nil {
			return nil, fmt.Errorf("no judge to test: %w", err)
		}
		s.Judge = path
		s.schema, s.schemaError = loadSchema(path)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("prctl(PR_SET_CHILD_SUBREAPER): %w", err)
	}
	root, err := os.MkdirTemp("", "judge-harness-")
	if err != nil {
		return nil, err
	}
	s.root, s.programs = root, filepath.Join(root, "programs")
	for _, dir := range []string{s.root, s.programs} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close removes the session's directory, unless a run failed and is kept.
func (s *Session) Close() error {
	if s.Keep && s.failed {
		fmt.Fprintf(os.Stderr, "kept %s\n", s.root)
		return nil
	}
	return os.RemoveAll(s.root)
}

// Result is what became of a case.
type Result struct {
	Skip     string   // why the case was not run, "" if it was
	Failures []string // one for each expectation that was not met
	Notes    []string // figures, for -v
	Took     time.Duration
}

// fail adds a failure, once.
func (r *Result) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, f := range r.Failures {
		if f == text {
			return
		}
	}
	r.Failures = append(r.Failures, text)
}

// Run runs one case under judge and checks everything that must hold.
func (s *Session) Run(c Case) (result Result) {
	began := time.Now()
	defer func() {
		result.Took = time.Since(began)
		s.failed = s.failed || len(result.Failures) > 0
	}()
	if need := s.missing(c.Needs); need != "" {
		result.Skip = "missing " + need
		return result
	}
	s.learnLeaf()
	program, err := s.build(c)
	if err != nil {
		result.fail("build: %v", err)
		return result
	}
	p, err := s.prepare(c)
	defer p.close()
	if err != nil {
		result.fail("prepare: %v", err)
		return result
	}
	expanded, err := c.patient(slowness()).expand(p.values)
	if err != nil {
		result.fail("%v", err)
		return result
	}
	for range c.Repeat {
		s.round(expanded, program, p, &result)
	}
	s.next(p, &result)
	return result
}

// round runs the case once, or N times at once, and checks what it left.
func (s *Session) round(c Case, program string, p *prepared, result *Result) {
	before := look()
	files := c.filesBefore(p)
	var all []*running
	for range c.Parallel {
		r, err := s.newRunning(c, program)
		if err == nil {
			var args []string
			if args, err = s.command(r); err == nil {
				err = r.start(args, p)
			}
		}
		if err != nil {
			result.fail("start judge: %v", err)
			continue
		}
		all = append(all, r)
	}
	for _, r := range all {
		r.out.Before = files
		r.wait()
		r.readReport(s)
	}
	for _, left := range lingering(s.token, p.pids) {
		result.fail("left behind: %s", left)
	}
	if !c.killsJudge() {
		for _, left := range leftovers(before, s.token, s.leaf) {
			result.fail("left behind: %s", left)
		}
	}
	for _, r := range all {
		s.check(c, r, p, result)
	}
	result.settle(c.Name, os.Geteuid(), all)
	for _, r := range all {
		if !s.Keep || len(result.Failures) == 0 {
			os.RemoveAll(r.dir)
		}
	}
}

// killsJudge reports whether judge gets a signal that it cannot catch; then
// mounts and control groups may be left.
func (c Case) killsJudge() bool {
	for _, h := range c.Host {
		if h.Kind == "interrupt" && (h.Signal == unix.SIGKILL || h.Signal == unix.SIGSTOP) {
			return true
		}
	}
	return false
}

// next makes the harmless run that must go well after any case.
func (s *Session) next(p *prepared, result *Result) {
	program, err := s.harmless()
	if err != nil {
		result.fail("build the harmless program: %v", err)
		return
	}
	c := Case{Name: "next", Limits: defaultLimits}
	r, err := s.newRunning(c, program)
	if err != nil {
		result.fail("next run: %v", err)
		return
	}
	defer os.RemoveAll(r.dir)
	args, err := s.command(r)
	if err == nil {
		err = r.start(args, p)
	}
	if err != nil {
		result.fail("next run: %v", err)
		return
	}
	r.wait()
	r.readReport(s)
	for _, left := range lingering(s.token, p.pids) {
		result.fail("next run: left behind: %s", left)
	}
	if err := checkVerdict(&r.out, []Verdict{{Word: "ok"}}); err != nil {
		result.fail("next run: %v", err)
	} else if !bytes.Equal(r.out.Stdout.Data, []byte("harmless\n")) {
		result.fail("next run: stdout is %q", r.out.Stdout.Data)
	}
}
