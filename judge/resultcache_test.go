package judge_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/language"
	"judge/judge/problem"
)

// cachedCases says of each case whether it came out of the result cache: "yn".
func cachedCases(r *judge.Result) string {
	text := ""
	for _, c := range r.Cases {
		if c.Cached {
			text += "y"
		} else {
			text += "n"
		}
	}
	return text
}

// threeCases is a folder of three cases, of which the answers are squares.
func threeCases(t *testing.T, dir string) *problem.Problem {
	t.Helper()
	for name, text := range map[string]string{"1.in": "3\n", "1.ans": "9\n", "2.in": "4\n", "2.ans": "16\n", "3.in": "5\n", "3.ans": "25\n", ".timelimit": "10\n"} {
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

// What was judged before is not run again, and says so, as long as all is the same that it rests on.
func TestResultCache(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	opts := judge.Options{Results: filepath.Join(t.TempDir(), "results"), Cache: filepath.Join(t.TempDir(), "compile"), AllCases: true, Version: "1"}
	const right, wrong = "read n; echo $((n * n))\n", "read n; echo $((n == 4 ? 1 : n * n))\n"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := threeCases(t, dir)
	step := func(what, source, want string, verdict problem.Verdict) *judge.Result {
		t.Helper()
		r := gradeText(t, p, opts, "x.sh", source)
		if got := cachedCases(r); got != want || r.Verdict != verdict {
			t.Errorf("%s: cached %s, %s %s; want %s, %s", what, got, r.Verdict, r.Reason, want, verdict)
		}
		return r
	}
	before := step("the first time", right, "nnn", problem.AC)
	if again := step("again", right, "yyy", problem.AC); *again.Cases[1].Report.MemoryPeak != *before.Cases[1].Report.MemoryPeak || again.CPUTime != before.CPUTime {
		t.Error("another report")
	}
	step("another source", wrong, "nnn", problem.WA)
	step("that one again", wrong, "yyy", problem.WA)
	write("2.ans", "1\n")
	p = reload(t, dir)
	step("another answer", right, "yny", problem.WA)
	step("with which it is right", wrong, "yny", problem.AC)
	write(".timelimit", "20\n")
	p = reload(t, dir)
	step("another limit", wrong, "nnn", problem.AC)
	opts.Version = "2"
	step("another judge", wrong, "nnn", problem.AC)
	step("the same judge", wrong, "yyy", problem.AC)

	entries, err := filepath.Glob(filepath.Join(opts.Results, "*"))
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, file := range entries { // half of a write, and a bit
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(file, text[:len(text)-3], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := gradeText(t, p, opts, "x.sh", wrong)
	if r.Verdict != problem.AC || strings.Count(cachedCases(r), "n") < 2 {
		t.Errorf("what is broken was used: %s, cached %s", r.Verdict, cachedCases(r))
	}
	step("mended", wrong, "yyy", problem.AC)
}

func reload(t *testing.T, dir string) *problem.Problem {
	t.Helper()
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What hangs on the clock is judged each time.
func TestResultCacheKeepsNot(t *testing.T) {
	needRoot(t)
	opts := judge.Options{Results: filepath.Join(t.TempDir(), "results"), Cache: filepath.Join(t.TempDir(), "compile"), Version: "1"}
	p := plainProblem(t)
	p.Limits.Time = time.Second
	for name, test := range map[string]struct {
		source string
		want   problem.Verdict
	}{
		"too slow":       {"int main(void) { for (;;); }\n", problem.TLE},
		"near the limit": {"#include <stdio.h>\n#include <time.h>\nint main(void) { while (clock() < CLOCKS_PER_SEC / 10 * 7); puts(\"9\"); }\n", problem.AC},
	} {
		for range 2 {
			r := gradeText(t, p, opts, "x.c", test.source)
			if kept := r.Cases[0].Cached; r.Verdict != test.want || kept {
				t.Errorf("%s: %s, kept: %v", name, r.Verdict, kept)
			}
		}
	}
}

// How a checker is run is what its verdicts rest on, too: presets may change that alone.
func TestResultCacheCheckersLanguage(t *testing.T) {
	needRoot(t)
	opts := judge.Options{Results: filepath.Join(t.TempDir(), "results"), Cache: filepath.Join(t.TempDir(), "compile"), Version: "1"}
	files := oneCase("limits: {time_limit: 10}\n")
	files["output_validator/check.sh"] = "exit ${ANSWER:-43}\n"
	p := loaded(t, files)
	if r := gradeText(t, p, opts, "x.c", answers); r.Verdict != problem.WA {
		t.Fatalf("%s: %s", r.Verdict, r.Reason)
	}
	var err error
	if opts.Languages, err = language.Builtin().With("presets", "[bash]\nenv = { ANSWER = \"42\" }\n"); err != nil {
		t.Fatal(err)
	}
	if r := gradeText(t, p, opts, "x.c", answers); r.Verdict != problem.AC || r.Cases[0].Cached {
		t.Errorf("%s: %s, cached: %t", r.Verdict, r.Reason, r.Cases[0].Cached)
	}
}

// Judges that use one cache at once do not stand in each other's way, and it stays within its bound.
func TestResultCacheTogether(t *testing.T) {
	needRoot(t)
	results, compile := filepath.Join(t.TempDir(), "results"), filepath.Join(t.TempDir(), "compile")
	opts := judge.Options{Results: results, ResultsSize: 20_000, Cache: compile, Version: "1", Jobs: 1}
	p := threeCases(t, t.TempDir())
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			for n := range 6 {
				source := []byte("read n; echo $((n * n)) #")
				source = append(source, byte('a'+(n+i)%5), '\n')
				if r := gradeText(t, p, opts, "x.sh", string(source)); r.Verdict != problem.AC {
					t.Errorf("%s: %s", r.Verdict, r.Reason)
				}
			}
		})
	}
	all.Wait()
	var sum int64
	list, err := os.ReadDir(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
	}
	if sum == 0 || sum > opts.ResultsSize+opts.ResultsSize/16 {
		t.Errorf("%d bytes in %d entries, of %d at most", sum, len(list), opts.ResultsSize)
	}
}
