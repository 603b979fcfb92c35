package problems

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/judge"
	"judge/testcases/built"
)

// TestProblems has judge verify each package, and compares with what it must say.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("*.want")
	if err != nil || len(files) == 0 {
		t.Fatal("no packages: ", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".want")
		t.Run(name, func(t *testing.T) { verify(t, name, readWant(t, file)) })
	}
}

// TestEveryPackageIsWanted: a package without a file that says what must come out
// would be tested by nobody.
func TestEveryPackageIsWanted(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "broken" {
			continue
		}
		if _, err := os.Stat(e.Name() + ".want"); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

// A document is the output of judge verify --format json.
type document struct {
	Submissions []*judge.Result
	Summary     map[string]int
}

// bin is where the programs are; "" until a test has needed them.
var bin string

var programs = sync.OnceValues(func() (_ string, err error) {
	if bin, err = os.MkdirTemp("", "judge-problems-"); err != nil {
		return "", err
	}
	for name, cgo := range map[string]bool{"judge": false, "judge-grade": false, "judge-seccomp": true} {
		err = errors.Join(err, built.Go(filepath.Join(bin, name), name, cgo))
	}
	return bin, err
})

func TestMain(m *testing.M) {
	status := m.Run()
	if bin != "" {
		os.RemoveAll(bin)
	}
	os.Exit(status)
}

// command is judge with these arguments; its temporary files are in the test's.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "judge"), args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "PATH="+bin+":"+os.Getenv("PATH"))
	return cmd
}

// run is the command's exit status and what it wrote; nothing of it may be left behind.
func run(t *testing.T, cmd *exec.Cmd) (status int, stdout, stderr string) {
	t.Helper()
	var out, say bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &say
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	nothingLeft(t, cmd)
	return cmd.ProcessState.ExitCode(), out.String(), say.String()
}

func nothingLeft(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	for _, v := range cmd.Env {
		if dir, is := strings.CutPrefix(v, "TMPDIR="); is {
			if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
				t.Errorf("left in the directory for temporary files: %v", left)
			}
		}
	}
}

// decode reads a document, and holds it against the schema.
func decode(t *testing.T, text string) document {
	t.Helper()
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(raw); err != nil {
		t.Errorf("not as the schema says: %v", err)
	}
	var doc document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range doc.Summary {
		sum += n
	}
	if sum != len(doc.Submissions) {
		t.Errorf("the summary counts %d submissions, there are %d", sum, len(doc.Submissions))
	}
	return doc
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := judge.ResultSchema()
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("grade.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("grade.json")
})

func verify(t *testing.T, dir string, w want) {
	cmd := command(t, append(append([]string{"verify", "--format", "json"}, w.flags...), dir)...)
	status, out, say := run(t, cmd)
	if status != w.exit {
		t.Errorf("exit status %d, want %d", status, w.exit)
	}
	for _, words := range w.warn {
		if !strings.Contains(say, words) {
			t.Errorf("standard error has no %q", words)
		}
	}
	if out == "" {
		t.Fatalf("no results: %s", say)
	}
	compare(t, decode(t, out), w)
	if t.Failed() {
		t.Logf("%v said: %s", cmd.Args, say)
	}
}
