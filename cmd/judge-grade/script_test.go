package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/testcases/built"
)

// TestScript runs what a user could type, testdata/script/*.txtar, with judge and its
// siblings as they are installed. To the commands of testscript these add:
//
//	exits N PROG ARG...   runs PROG, which must exit with status N
//	schema FILE           each line of FILE, or all of it, is as judge schema grade says
func TestScript(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	bin := t.TempDir()
	for name, cgo := range map[string]bool{"judge": false, "judge-grade": false, "judge-seccomp": true} {
		if err := built.Go(filepath.Join(bin, name), name, cgo); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+":"+env.Getenv("PATH"))
			return nil
		},
		Cmds:               map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "schema": schema},
		RequireUniqueNames: true,
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N PROG ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, is := err.(*exec.ExitError); is {
		got = strings.TrimPrefix(exit.String(), "exit status ")
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

func schema(ts *testscript.TestScript, neg bool, args []string) {
	text, err := exec.Command(filepath.Join(strings.Split(ts.Getenv("PATH"), ":")[0], "judge"), "schema", "grade").Output()
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("grade.json", doc))
	s, err := c.Compile("grade.json")
	ts.Check(err)
	data := ts.ReadFile(args[0])
	parts := []string{data}
	if !strings.HasPrefix(data, "{\n") {
		parts = strings.Split(strings.TrimSpace(data), "\n")
	}
	for _, part := range parts {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(part))
		ts.Check(err)
		ts.Check(s.Validate(doc))
	}
}
