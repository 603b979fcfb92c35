package check

import (
	"bytes"
	"fmt"
	"strings"

	"judge/judge/problem"
	"judge/sandbox"
)

// CMS reads the answer of a checker or a manager of CMS: it exits 0, the first
// line of standard output is the outcome, a number, the first line of standard
// error the message for the solver. 1 is right, 0 wrong, what lies between
// partly right. Source: cms-dev/cms cms/grading/steps/trusted.py.
//
// The outcome is a share of the points, unless the rule takes only scores as they
// stand: then it is a cost, which the group compares with its threshold
// (GroupThreshold), and may be above 1.
func CMS(r sandbox.Report, stdout, stderr []byte, rule problem.CaseScore) Outcome {
	code, fault := exited(r)
	line, _, _ := bytes.Cut(stdout, []byte("\n"))
	outcome, err := float(line)
	cost := rule.File == problem.FileOptional || rule.File == problem.FileRequired
	var o Outcome
	switch {
	case fault != "":
		o = failed("%s", fault)
	case code != 0:
		o = failed("the checker exited with status %d; it may only with 0", code)
	case err != nil:
		o = failed("the checker's outcome, the first line of its standard output: %v", err)
	case outcome < 0 || outcome > 1 && !cost:
		o = failed("the checker's outcome is %v, which is not in [0,1]", outcome)
	default:
		o = Outcome{Verdict: problem.PAC}
		switch outcome {
		case 0:
			o.Verdict = problem.WA
		case 1:
			o.Verdict = problem.AC
		}
		what := fmt.Sprintf("the outcome %v", outcome)
		if cost {
			o = o.scored(given{score: &outcome, scoreFrom: what}, rule)
		} else {
			o = o.scored(given{share: &outcome, shareFrom: what}, rule)
		}
	}
	text, _, _ := bytes.Cut(stderr, []byte("\n"))
	o.Message = message(stderr)
	if o.Verdict != problem.JE {
		o.Team = translated(message(text))
	}
	return o
}

// translated replaces the messages that CMS has in the solver's language.
func translated(text string) string {
	key, is := strings.CutPrefix(text, "translate:")
	if !is {
		return text
	}
	switch strings.TrimSpace(key) {
	case "success":
		return "Output is correct"
	case "partial":
		return "Output is partially correct"
	case "wrong":
		return "Output isn't correct"
	}
	return text
}
