package judge_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"judge/judge"
)

// docketOf prepares a package that is made of files.
func docketOf(t testing.TB, files map[string]string) *judge.Docket {
	t.Helper()
	needRoot(t)
	p := loaded(t, files)
	e, err := judge.New(judge.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	d, err := e.Prepare(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const burns = "#include <stdio.h>\n#include <time.h>\nint main(void) { while (clock() < 3 * CLOCKS_PER_SEC / 10) ; puts(\"1\"); return 0; }\n"

// A limit that is not given follows from processor times, which a busy host does not change.
func TestTimeLimitIsComputed(t *testing.T) {
	data := map[string]string{"data/secret/1.in": "1\n", "data/secret/1.ans": "1\n", "submissions/accepted/burns.c": burns}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range []map[string]string{data, more} {
			for name, text := range m {
				all[name] = text
			}
		}
		return all
	}
	v2025 := "problem_format_version: 2025-09\nuuid: 7f0d7c4e-b1f0-4b0e-8e5a-3f1e6b7f3c17\nname: Time\n"
	tests := []struct {
		name  string
		files map[string]string
		want  time.Duration
		fault string
	}{
		{"legacy: 5 times, in seconds", with(map[string]string{"problem.yaml": "name: Time\n"}), 2 * time.Second, ""},
		{"2025-09: twice, by the resolution", with(map[string]string{"problem.yaml": v2025 + "limits: {time_resolution: 0.25}\n"}), 750 * time.Millisecond, ""},
		{"given", with(map[string]string{"problem.yaml": v2025 + "limits: {time_limit: 4}\n"}), 4 * time.Second, ""},
		{"it does not compile", with(map[string]string{"problem.yaml": "name: Time\n", "submissions/accepted/burns.c": "int\n"}), 0, "no accepted submission has run"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := docketOf(t, test.files)
			got, err := d.TimeLimit(context.Background())
			if got != test.want || (err != nil) != (test.fault != "") || err != nil && !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%v, %v, want %v %q", got, err, test.want, test.fault)
			}
		})
	}
}

// That there is none is found out once, however many submissions wait for it.
func TestTimeLimitIsMeasuredOnce(t *testing.T) {
	d := docketOf(t, map[string]string{
		"problem.yaml": "name: Time\n", "data/secret/1.in": "1\n", "data/secret/1.ans": "1\n",
		"submissions/accepted/a.c": "int\n", "submissions/wrong_answer/b.c": burns, "submissions/wrong_answer/c.c": burns,
	})
	if err := d.VerifyAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0].Text, "a.c, which the time limit is computed from, is CE") {
		t.Errorf("%+v", notes)
	}
}

// No limit keeps both bounds: the package's fault, named when it is verified.
func TestTimeLimitThatCannotBe(t *testing.T) {
	d := docketOf(t, map[string]string{
		"problem.yaml":     "problem_format_version: 2025-09\nuuid: 7f0d7c4e-b1f0-4b0e-8e5a-3f1e6b7f3c18\nname: Time\n",
		"data/secret/1.in": "1\n", "data/secret/1.ans": "1\n",
		"submissions/accepted/burns.c":            burns,
		"submissions/time_limit_exceeded/burns.c": burns,
	})
	if err := d.VerifyAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	notes := d.Notes()
	if len(notes) != 1 || !notes[0].Wrong || !strings.Contains(notes[0].Text, "no time limit fits") {
		t.Errorf("%+v", notes)
	}
}
