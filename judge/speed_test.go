package judge_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// manyCases is a plain problem of n cases with inputs of some size; the answer is how
// many bytes there are.
func manyCases(b testing.TB, n, size int) *problem.Problem {
	b.Helper()
	dir := b.TempDir()
	input := append(bytes.Repeat([]byte("x"), size-1), '\n')
	for i := range n {
		for name, data := range map[string][]byte{fmt.Sprintf("%d.in", i): input, fmt.Sprintf("%d.ans", i): fmt.Appendln(nil, size)} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".timelimit"), []byte("2\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	p, err := problem.Load(dir)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkGrade says by how much grading takes longer than the compilation and the
// runs alone: by the sandbox's own figures, one run after the other.
func BenchmarkGrade(b *testing.B) {
	needRoot(b)
	p := manyCases(b, 100, 100_000)
	file := filepath.Join(b.TempDir(), "count.c")
	if err := os.WriteFile(file, []byte("#include <stdio.h>\nint main(void) { int n = 0; while (getchar() != EOF) n++; printf(\"%d\\n\", n); return 0; }\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	s, err := judge.ReadSubmission(file)
	if err != nil {
		b.Fatal(err)
	}
	e, err := judge.New(judge.Options{Jobs: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	d, err := e.Prepare(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	var all, runs time.Duration
	for b.Loop() {
		began := time.Now()
		r, err := d.Grade(context.Background(), s)
		if err != nil || r.Verdict != problem.AC || len(r.Cases) != 100 {
			b.Fatal(r, err)
		}
		all += time.Since(began)
		c := r.Compile.Report
		runs += time.Duration(c.SetupTime + c.WallTime + c.Teardown)
		for _, one := range r.Cases {
			runs += time.Duration(one.Report.SetupTime + one.Report.WallTime + one.Report.Teardown)
		}
	}
	b.ReportMetric(100*(float64(all)/float64(runs)-1), "%over")
	b.ReportMetric(float64(runs.Milliseconds())/float64(b.N)/100, "ms/case")
}
