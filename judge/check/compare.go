package check

import (
	"bytes"

	"judge/judge/problem"
	"judge/sandbox"
)

// Compare reads the answer of a compare script of DOMjudge before 2014: what it
// prints on standard output is the difference, nothing is none. It exits 0; the
// 1 with which diff ends when there are differences is understood too, but not
// without one. Source: DOMjudge 3 judge/compare_wrapper.
func Compare(r sandbox.Report, stdout []byte, rule problem.CaseScore) Outcome {
	code, fault := exited(r)
	same := len(bytes.TrimSpace(stdout)) == 0
	var o Outcome
	switch {
	case fault != "":
		o = failed("%s", fault)
	case code == 0 && same:
		o = Outcome{Verdict: problem.AC}.scored(given{}, rule)
	case code == 0, code == 1 && !same:
		o = Outcome{Verdict: problem.WA}.scored(given{}, rule)
	case code == 1:
		o = failed("the checker exited with status 1 and printed no difference")
	default:
		o = failed("the checker exited with status %d; it may only with 0", code)
	}
	o.Message = message(stdout)
	return o
}
