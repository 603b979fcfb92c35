package check

import (
	"bytes"
	"strconv"

	"judge/judge/problem"
	"judge/sandbox"
)

// Exit codes of testlib.h, compiled for Linux and, for partialBase, with TESTSYS.
// Source: MikeMirzayanov/testlib testlib.h, resultExitCode.
const (
	testlibOK            = 0
	testlibWrong         = 1
	testlibFormat        = 2
	testlibFail          = 3
	testlibDirt          = 4
	testlibPoints        = 7
	testlibUnexpectedEOF = 8
	testlibPartial       = 50
	// partialFull is the n of _pc(n) that stands for all points. Source: the
	// documentation of checkers, codeforces.com/topic/18493: "200 represents the
	// highest mark".
	partialFull = 200
)

// Testlib reads the answer of a checker or an interactor that uses testlib.h.
// stderr is what it wrote there: the message, and with exit code 7 the points.
func Testlib(r sandbox.Report, stderr []byte, rule problem.CaseScore) Outcome {
	code, fault := exited(r)
	var o Outcome
	n, partial := partlyCorrect(stderr)
	switch {
	case fault != "":
		o = failed("%s", fault)
	case partial && (code == n || code == testlibPartial+n) && n <= partialFull:
		o = share(n, rule)
	case code == testlibOK:
		o = Outcome{Verdict: problem.AC}.scored(given{}, rule)
	case code == testlibWrong, code == testlibFormat, code == testlibDirt, code == testlibUnexpectedEOF:
		o = Outcome{Verdict: problem.WA}.scored(given{}, rule)
	case code == testlibFail:
		o = failed("the checker failed (exit status 3): %s", firstLine(stderr))
	case code == testlibPoints:
		o = points(stderr, rule)
	case code >= testlibPartial && code <= testlibPartial+partialFull:
		o = share(code-testlibPartial, rule)
	default:
		o = failed("the checker exited with status %d, which testlib does not have", code)
	}
	o.Message = message(stderr)
	return o
}

// partlyCorrect reads "partially correct (N) message", with which _pc(N) begins. Compiled
// without TESTSYS the exit status is N, which without the message says something else.
func partlyCorrect(stderr []byte) (n int, is bool) {
	rest, is := bytes.CutPrefix(stderr, []byte("partially correct ("))
	number, _, closed := bytes.Cut(rest, []byte(")"))
	if !is || !closed || len(number) > 3 {
		return 0, false
	}
	n, err := strconv.Atoi(string(number))
	return n, err == nil && n >= 0
}

// points reads "points N message".
func points(stderr []byte, rule problem.CaseScore) Outcome {
	words := bytes.Fields(stderr)
	if len(words) > 0 && string(words[0]) == "points" {
		words = words[1:]
	}
	if len(words) == 0 {
		return failed("the checker gives points (exit status 7), but does not say how many")
	}
	f, err := float(words[0])
	if err != nil {
		return failed("the checker gives points (exit status 7), but %v", err)
	}
	if rule.Percent {
		if f < 0 || f > 100 {
			return failed("the checker gives %v points, which are to be percent", f)
		}
		share := f / 100
		return Outcome{Verdict: problem.PAC}.scored(given{share: &share, shareFrom: "points"}, rule).of(f, 100)
	}
	return Outcome{Verdict: problem.PAC}.scored(given{score: &f, scoreFrom: "points"}, rule).of(f, rule.Max)
}

// share is the outcome of _pc(n).
func share(n int, rule problem.CaseScore) Outcome {
	f := float64(n) / partialFull
	return Outcome{Verdict: problem.PAC}.scored(given{share: &f, shareFrom: "partial credit"}, rule).of(f, 1)
}

// of says by what a checker gave, out of how much, whether that is all or nothing: points are how
// some checkers say right and wrong. full is 0 where it is not known.
func (o Outcome) of(given, full float64) Outcome {
	switch {
	case o.Verdict == problem.JE:
	case full > 0 && given >= full:
		o.Verdict = problem.AC
	case full > 0 && given <= 0:
		o.Verdict = problem.WA
	}
	return o
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	if len(line) == 0 {
		return "it does not say why"
	}
	return message(line[:min(len(line), 1000)])
}
