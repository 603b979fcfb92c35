package check

import (
	"bytes"

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
	switch {
	case fault != "":
		o = failed("%s", fault)
	case code == testlibOK:
		o = Outcome{Verdict: problem.AC}.scored(given{}, rule)
	case code == testlibWrong, code == testlibFormat, code == testlibDirt, code == testlibUnexpectedEOF:
		o = Outcome{Verdict: problem.WA}.scored(given{}, rule)
	case code == testlibFail:
		o = failed("the checker failed (exit status 3): %s", firstLine(stderr))
	case code == testlibPoints:
		o = points(stderr, rule)
	case code >= testlibPartial && code <= testlibPartial+partialFull:
		share := float64(code-testlibPartial) / partialFull
		o = Outcome{Verdict: problem.PAC}.scored(given{share: &share, shareFrom: "partial credit"}, rule)
	default:
		o = failed("the checker exited with status %d, which testlib does not have", code)
	}
	o.Message = message(stderr)
	return o
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
	return Outcome{Verdict: problem.PAC}.scored(given{score: &f, scoreFrom: "points"}, rule)
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	if len(line) == 0 {
		return "it does not say why"
	}
	return message(line[:min(len(line), 1000)])
}
