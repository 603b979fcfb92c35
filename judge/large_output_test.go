package judge_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// TestLargeOutput: from the submission to the default validator, 100 MB of output cost
// judge as much memory as 1 MB.
func TestLargeOutput(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data/secret"), 0o755); err != nil {
		t.Fatal(err)
	}
	line := []byte("123456789\n")
	var cases []string
	for _, megabytes := range []int{1, 100} { // judged in the order of their names
		n := megabytes * 100_000
		name := filepath.Join(dir, "data/secret", strconv.Itoa(megabytes))
		cases = append(cases, "secret/"+strconv.Itoa(megabytes))
		out, err := os.Create(name + ".ans")
		if err != nil {
			t.Fatal(err)
		}
		block := bytes.Repeat(line, 1000)
		for range n / 1000 {
			if _, err = out.Write(block); err != nil {
				break
			}
		}
		if err := errors.Join(err, out.Close(), os.WriteFile(name+".in", strconv.AppendInt(nil, int64(n), 10), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	source := filepath.Join(dir, "write.c")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, ".timelimit"), []byte("20\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "problem.yaml"), []byte("name: Large\nlimits: {output: 200}\n"), 0o644),
		os.WriteFile(source, []byte("#include <stdio.h>\nint main(void) { int n; scanf(\"%d\", &n); while (n--) puts(\"123456789\"); return 0; }\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := judge.ReadSubmission(source)
	if err != nil {
		t.Fatal(err)
	}
	allocated := map[string]uint64{}
	var before runtime.MemStats
	e, err := judge.New(judge.Options{Jobs: 1, TempDir: t.TempDir(), Progress: func(ev judge.Event) {
		if ev.Case == nil {
			return
		}
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		allocated[ev.Case.Name] = now.TotalAlloc - before.TotalAlloc
		before = now
		if ev.Case.Verdict == problem.AC {
			t.Logf("%s: %d bytes of output in %v", ev.Case.Name, ev.Case.Report.StdoutBytes, time.Duration(ev.Case.Report.WallTime))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d, err := e.Prepare(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&before)
	r, err := d.Grade(context.Background(), s)
	if err != nil || r.Verdict != problem.AC || len(r.Cases) != len(cases) {
		t.Fatalf("%+v, %v", r, err)
	}
	if small, large := allocated[cases[0]], allocated[cases[1]]; large > small+1<<20 || small == 0 {
		t.Errorf("100 MB allocate %d bytes, 1 MB with the compilation %d", large, small)
	}
}
