package judge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

// spins uses so many ms of processor time, as the kernel counts it, and then
// goes on.
func spins(ms int, then string) string {
	return fmt.Sprintf(`#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
	struct timespec t;
	do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < %d);
	%s
	return 0;
}
`, ms, then)
}

// TestMeasuredAgain: what is near its limit, and what a verdict then rests on. How much
// other measurements may be needed because the machine is busy is not for a test to say.
func TestMeasuredAgain(t *testing.T) {
	const right = `puts("1");`
	files := oneCase("limits: {time_limit: 0.4}\n")
	for name, text := range map[string]string{
		"far": spins(40, right), "near": spins(375, right), "slow": spins(416, right), "loops": spins(100_000, right), "wrong": spins(375, `puts("2");`),
		"random": spins(375, `clock_gettime(CLOCK_REALTIME, &t); printf("1%*s\n", (int)(t.tv_nsec % 5000), "");`),
	} {
		files["submissions/x/"+name+".c"] = text
		files["submissions/submissions.yaml"] += "x/" + name + ".c: {}\n"
	}
	d := docketOf(t, files)
	schema := resultSchema(t)
	for _, s := range d.Submissions() {
		r, err := d.Grade(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, r)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(s.Name, "submissions/x/"), ".c")
		c := r.Cases[0]
		text, _ := json.Marshal(c.Measured)
		note := fmt.Sprintf("%s: %s (%s) %d measurements, %s %q: %s", name, c.Verdict, c.Reason, c.Measurements, c.Confidence, c.Reasons, text)
		t.Log(note)
		want := map[string]struct {
			verdict     problem.Verdict
			least, most int
			varies      bool
		}{
			"one": {problem.AC, 1, 1, false}, "far": {problem.AC, 1, 1, false}, "near": {problem.AC, 2, 2, false},
			"slow":  {problem.TLE, 4, 4, false},
			"loops": {problem.TLE, 1, 2, false}, "wrong": {problem.WA, 1, 1, false}, "random": {problem.AC, 2, 2, true},
		}[name]
		if r.Verdict != want.verdict || c.Measurements < want.least || c.Measurements > want.most || c.Nondeterministic != want.varies {
			t.Error(note)
		}
		if c.Confidence == "" || (c.Confidence == judge.High) != (len(c.Reasons) == 0) {
			t.Errorf("%s: confidence %q for %q", name, c.Confidence, c.Reasons)
		}
		if n := len(c.Measured); c.Measurements == 1 && n != 0 || c.Measurements > 1 && (n != c.Measurements || c.Measured[0].Alone || !c.Measured[1].Alone) {
			t.Error(note)
		}
	}
}
