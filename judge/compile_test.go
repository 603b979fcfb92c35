package judge_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// plainProblem is a folder of one case: the answer to 3 is 9.
func plainProblem(t *testing.T) *problem.Problem {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"1.in": "3\n", "1.ans": "9\n", ".timelimit": "2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gradeText grades one file.
func gradeText(t *testing.T, p *problem.Problem, opts judge.Options, name, text string) *judge.Result {
	t.Helper()
	needRoot(t)
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := judge.ReadSubmission(file)
	if err != nil {
		t.Fatal(err)
	}
	opts.TempDir = t.TempDir()
	e, err := judge.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d, err := e.Prepare(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Grade(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a source can do to its compiler is the source's fault, and has an end.
func TestCompileBombs(t *testing.T) {
	p := plainProblem(t)
	p.Limits.CompileTime, p.Limits.CompileMemory, p.Limits.Code = 3*time.Second, 512<<20, 1<<20
	bombs := map[string]string{
		"includes itself":       "#include __FILE__\n",
		"includes /dev/zero":    "#include \"/dev/zero\"\n",
		"includes itself twice": "#include __FILE__\n#include __FILE__\n",
		"template recursion":    "template<int N> struct A { static const int v = A<N + 1>::v + A<N + 2>::v; };\nint main() { return A<0>::v; }\n",
		"a large object":        "char x[1 << 30] = {1};\nint main() {}\n",
		"constexpr for ever":    "constexpr long f(long n) { long s = 0; for (long i = 0; i < n; i++) s += i; return s; }\nconstexpr long x = f(1L << 40);\nint main() {}\n",
		"many messages":         strings.Repeat("x y z;\n", 100_000),
		"one long line":         "int main() { return " + strings.Repeat("(", 200_000) + "\n",
		"no main":               "int x;\n",
		"the answer's file":     "#include \"" + p.Cases[0].Answer + "\"\n",
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			r := gradeText(t, p, judge.Options{}, "bomb.cc", text)
			if r.Verdict != problem.CE || r.Reason == "" || len(r.Cases) != 0 {
				t.Errorf("%s: %q", r.Verdict, r.Reason)
			}
			if r.Compile == nil || r.Compile.OK || len(r.Compile.Output) > 64<<10 {
				t.Errorf("compile: %+v", r.Compile)
			}
		})
	}
	if r := gradeText(t, p, judge.Options{}, "long.cc", "//"+strings.Repeat("x", 1<<20)); r.Verdict != problem.CE || !strings.Contains(r.Reason, "the limit is 1048576") {
		t.Errorf("code limit: %s %s", r.Verdict, r.Reason)
	}
}

const right = "#include <stdio.h>\nint main(void) { int n; if (scanf(\"%d\", &n) != 1) return 3; printf(\"%d\\n\", n * n); return 0; }\n"

// What runs out is named apart, and nothing of the host's is in reach.
func TestVerdictsOfRuns(t *testing.T) {
	p := plainProblem(t)
	p.Limits.Memory, p.Limits.Output = 64<<20, 1<<20
	tests := []struct {
		name, file, text string
		want             problem.Verdict
	}{
		{"right", "a.c", right, problem.AC},
		{"right, in Python", "a.py", "print(int(input()) ** 2)\n", problem.AC},
		{"memory", "a.c", "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); *(volatile char *)p; } }\n", problem.MLE},
		{"output", "a.c", "#include <stdio.h>\nint main(void) { for (;;) puts(\"9\"); }\n", problem.OLE},
		{"signal", "a.c", "int main(void) { *(volatile int *)0 = 1; }\n", problem.RTE},
		{"system call", "a.c", "#include <sys/socket.h>\nint main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }\n", problem.RTE},
		{"deep recursion within the memory limit", "a.c", "#include <stdio.h>\nstatic int f(int n) { volatile char b[1000]; b[n % 1000] = 1; return n ? f(n - 1) + b[n % 1000] : 0; }\nint main(void) { int n; if (scanf(\"%d\", &n) != 1) return 3; printf(\"%d\\n\", n * n + (f(30000) != 30000)); }\n", problem.AC},
		{"the answer's file", "a.py", "print(open(" + "'" + p.Cases[0].Answer + "'" + ").read())\n", problem.RTE},
		{"any file of the package's", "a.py", "import os\nassert os.path.exists('" + filepath.Dir(p.Cases[0].Answer) + "')\nprint(9)\n", problem.RTE},
		{"the input cannot be written", "a.py", "n = int(input())\ntry:\n    open('/dev/stdin', 'w').write('x')\nexcept OSError:\n    print(n * n)\n", problem.AC},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r := gradeText(t, p, judge.Options{}, test.file, test.text); r.Verdict != test.want {
				t.Errorf("%s, want %s: %s %+v", r.Verdict, test.want, r.Reason, r.Compile)
			}
		})
	}
}

// A cache gives what was compiled, to several judges at once, and never more than fits.
func TestCompileCache(t *testing.T) {
	p := plainProblem(t)
	dir := filepath.Join(t.TempDir(), "cache")
	opts := judge.Options{Cache: dir, Version: "1"}
	grade := func(text string, opts judge.Options) *judge.Result {
		t.Helper()
		r := gradeText(t, p, opts, "a.c", text)
		if r.Verdict != problem.AC {
			t.Errorf("%s: %s", r.Verdict, r.Reason)
		}
		return r
	}
	if r := grade(right, opts); r.Compile.Cached {
		t.Error("cached at first")
	}
	if r := grade(right, opts); !r.Compile.Cached || r.Compile.Report == nil || !r.Compile.OK {
		t.Errorf("not cached: %+v", r.Compile)
	}
	other := opts
	other.Version = "2"
	if r := grade(right, other); r.Compile.Cached {
		t.Error("another judge's")
	}
	if r := grade(right+"\n", opts); r.Compile.Cached {
		t.Error("of another source")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { grade(right+"// at once\n", opts) })
	}
	all.Wait()
	small := opts
	small.CacheSize = 1 // nothing fits: each is removed as soon as it is there
	grade(right+"// small\n", small)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left in the cache: %v, %v", left, err)
	}
	if r := grade(right, opts); r.Compile.Cached {
		t.Error("cached after it was removed")
	}
}

// A cache that others can write to is not used, and what cannot be read is compiled.
func TestCompileCacheIsNotTrusted(t *testing.T) {
	needRoot(t)
	p := plainProblem(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var said []string
	opts := judge.Options{Cache: dir, Warn: func(s string) { said = append(said, s) }}
	gradeText(t, p, opts, "a.c", right)
	if left, _ := os.ReadDir(dir); len(left) > 0 || len(said) != 1 || !strings.Contains(said[0], "chmod 700") {
		t.Errorf("%v in the cache, said %q", left, said)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	gradeText(t, p, opts, "a.c", right)
	files, err := filepath.Glob(filepath.Join(dir, "*", "compile.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, cached := range []bool{false, true} {
		if r := gradeText(t, p, opts, "a.c", right); r.Verdict != problem.AC || r.Compile.Cached != cached {
			t.Errorf("%d: %s %+v", i, r.Verdict, r.Compile)
		}
	}
}
