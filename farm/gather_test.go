package farm

import (
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

// What a hostile worker calls a verdict is none: nothing that counts verdicts would tell of it.
func TestMadeUpVerdict(t *testing.T) {
	g := &gathered{}
	for _, v := range problem.Verdicts() {
		if _, err := g.result(finding{Worker: "w", Result: judge.Result{Verdict: v}}); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	for _, v := range []problem.Verdict{"", "ac", "FINE"} {
		if _, err := g.result(finding{Worker: "w", Result: judge.Result{Verdict: v}}); err == nil || !strings.Contains(err.Error(), "worker w") {
			t.Errorf("%q: %v", v, err)
		}
	}
}
