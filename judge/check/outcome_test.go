package check

import (
	"math"
	"strings"
	"testing"

	"judge/judge/problem"
	"judge/sandbox"
)

// ended is the report of a program that exited.
func ended(code int) sandbox.Report {
	status := sandbox.StatusOK
	if code != 0 {
		status = sandbox.StatusNonzeroExit
	}
	return sandbox.Report{Status: status, ExitCode: &code}
}

// stopped is the report of one that did not exit by itself; that it has an exit
// status all the same makes no difference.
func stopped(s sandbox.Status, reason string) sandbox.Report {
	code := 42
	return sandbox.Report{Status: s, Reason: reason, ExitCode: &code}
}

// The rules of some kinds of cases.
var (
	passFail  = problem.CaseScore{Max: math.Inf(1), File: problem.FileForbidden, Multiplier: problem.FileForbidden}
	sample    = problem.CaseScore{File: problem.FileIgnored, Multiplier: problem.FileIgnored}
	legacy    = problem.CaseScore{Accept: 1, Max: math.Inf(1), File: problem.FileOptional, Multiplier: problem.FileIgnored, OnReject: true}
	bounded   = problem.CaseScore{Accept: 20, Max: 20, File: problem.FileOptional, Multiplier: problem.FileOptional}
	unbounded = problem.CaseScore{Max: math.Inf(1), File: problem.FileRequired, Multiplier: problem.FileForbidden}
	cms       = problem.CaseScore{Accept: 1, Max: 1, File: problem.FileForbidden, Multiplier: problem.FileOptional, OnReject: true}
	threshold = problem.CaseScore{Accept: 1, Max: math.Inf(1), File: problem.FileOptional, Multiplier: problem.FileForbidden, OnReject: true}
	percent   = problem.CaseScore{Accept: 5, Max: 5, File: problem.FileOptional, Multiplier: problem.FileOptional, Percent: true}
	polygon   = problem.CaseScore{Accept: 5, Max: 5, File: problem.FileOptional, Multiplier: problem.FileOptional}
)

// same compares what decides; reason is a part of the reason.
func same(t *testing.T, name string, got Outcome, verdict problem.Verdict, score float64, reason string) {
	t.Helper()
	if got.Verdict != verdict || got.Verdict != problem.JE && got.Score != score {
		t.Errorf("%s: %s with score %v (%s), want %s with %v", name, got.Verdict, got.Score, got.Reason, verdict, score)
	}
	if (verdict == problem.JE) != (got.Reason != "") || !strings.Contains(got.Reason, reason) {
		t.Errorf("%s: reason %q, want one with %q", name, got.Reason, reason)
	}
}

func TestKattis(t *testing.T) {
	type files = map[string][]byte
	text := func(pairs ...string) files {
		f := files{}
		for i := 0; i < len(pairs); i += 2 {
			f[pairs[i]] = []byte(pairs[i+1])
		}
		return f
	}
	const score, multiplier, next = "score.txt", "score_multiplier.txt", "nextpass.in"
	for _, test := range []struct {
		name    string
		report  sandbox.Report
		files   files
		rule    problem.CaseScore
		pass    Pass
		verdict problem.Verdict
		score   float64
		reason  string
	}{
		{"42 accepts", ended(42), nil, passFail, Pass{}, "AC", 0, ""},
		{"43 rejects", ended(43), nil, passFail, Pass{}, "WA", 0, ""},
		{"0 is no answer", ended(0), nil, passFail, Pass{}, "JE", 0, "status 0; it may only with 42 (accept) and 43 (reject)"},
		{"1 is a crash", ended(1), nil, passFail, Pass{}, "JE", 0, "status 1;"},
		{"44 is no answer", ended(44), nil, passFail, Pass{}, "JE", 0, "status 44;"},
		{"signal", stopped(sandbox.StatusSignal, "SIGSEGV ended it"), nil, passFail, Pass{}, "JE", 0, "did not end by itself: signal (SIGSEGV ended it)"},
		{"too slow", stopped(sandbox.StatusCPUTime, "used 60.1s of 60s"), nil, passFail, Pass{}, "JE", 0, "cpu-time (used 60.1s of 60s)"},
		{"hangs", stopped(sandbox.StatusWallTime, ""), nil, passFail, Pass{}, "JE", 0, "did not end by itself: wall-time"},
		{"too much memory", stopped(sandbox.StatusMemory, ""), nil, passFail, Pass{}, "JE", 0, "memory"},
		{"too much output", stopped(sandbox.StatusOutput, ""), nil, passFail, Pass{}, "JE", 0, "output"},
		{"system call", stopped(sandbox.StatusSyscall, ""), nil, passFail, Pass{}, "JE", 0, "syscall"},
		{"cannot start", stopped(sandbox.StatusCannotStart, ""), nil, passFail, Pass{}, "JE", 0, "cannot-start"},
		{"cancelled", stopped(sandbox.StatusCancelled, ""), nil, passFail, Pass{}, "JE", 0, "cancelled"},
		{"judge failed", stopped(sandbox.StatusError, ""), nil, passFail, Pass{}, "JE", 0, "error"},
		{"no exit status", sandbox.Report{Status: sandbox.StatusOK}, nil, passFail, Pass{}, "JE", 0, "did not end by itself"},

		{"pass-fail with a score", ended(42), text(score, "1"), passFail, Pass{}, "JE", 0, "a score.txt, which this case may not have"},
		{"pass-fail with a multiplier", ended(42), text(multiplier, "1"), passFail, Pass{}, "JE", 0, "a score_multiplier.txt, which this case may not have"},
		{"sample with anything", ended(42), text(score, "x", multiplier, "7"), sample, Pass{}, "AC", 0, ""},
		{"legacy, accepted", ended(42), nil, legacy, Pass{}, "AC", 1, ""},
		{"legacy, score", ended(42), text(score, " 12.5\n"), legacy, Pass{}, "AC", 12.5, ""},
		{"legacy, score below zero", ended(42), text(score, "-3"), legacy, Pass{}, "AC", -3, ""},
		{"legacy, rejected", ended(43), nil, legacy, Pass{}, "WA", 0, ""},
		{"legacy, rejected with a score", ended(43), text(score, "0.5"), legacy, Pass{}, "WA", 0.5, ""},
		{"bounded, none", ended(42), nil, bounded, Pass{}, "AC", 20, ""},
		{"bounded, score", ended(42), text(score, "20"), bounded, Pass{}, "AC", 20, ""},
		{"bounded, too high", ended(42), text(score, "20.5"), bounded, Pass{}, "JE", 0, "a score of 20.5, above the case's maximum of 20"},
		{"bounded, below zero", ended(42), text(score, "-1"), bounded, Pass{}, "JE", 0, "a score of -1, below zero"},
		{"bounded, multiplier", ended(42), text(multiplier, "0.25"), bounded, Pass{}, "AC", 5, ""},
		{"bounded, multiplier too high", ended(42), text(multiplier, "1.01"), bounded, Pass{}, "JE", 0, "not in [0,1]"},
		{"bounded, multiplier below zero", ended(42), text(multiplier, "-0.1"), bounded, Pass{}, "JE", 0, "not in [0,1]"},
		{"both", ended(42), text(score, "1", multiplier, "1"), bounded, Pass{}, "JE", 0, "both a score.txt and a score_multiplier.txt"},
		{"rejected with a score", ended(43), text(score, "1"), bounded, Pass{}, "JE", 0, "a score.txt for an output that it rejects"},
		{"rejected with a multiplier", ended(43), text(multiplier, "0"), bounded, Pass{}, "JE", 0, "a score_multiplier.txt for an output that it rejects"},
		{"rejected", ended(43), nil, bounded, Pass{}, "WA", 0, ""},
		{"unbounded", ended(42), text(score, "1e6"), unbounded, Pass{}, "AC", 1e6, ""},
		{"unbounded, none", ended(42), nil, unbounded, Pass{}, "JE", 0, "gives no score"},
		{"unbounded, multiplier", ended(42), text(multiplier, "1"), unbounded, Pass{}, "JE", 0, "a score_multiplier.txt, which"},
		{"unbounded, rejected", ended(43), nil, unbounded, Pass{}, "WA", 0, ""},
		{"score that is none", ended(42), text(score, "many"), legacy, Pass{}, "JE", 0, `the checker's score.txt: "many" is not one number`},
		{"two scores", ended(42), text(score, "1 2"), legacy, Pass{}, "JE", 0, `"1 2" is not one number`},
		{"empty score", ended(42), text(score, ""), legacy, Pass{}, "JE", 0, `"" is not one number`},
		{"infinite score", ended(42), text(score, "inf"), legacy, Pass{}, "JE", 0, `"inf" is not one number`},
		{"nan score", ended(42), text(score, "nan"), legacy, Pass{}, "JE", 0, `"nan" is not one number`},
		{"hexadecimal score", ended(42), text(score, "0x10"), legacy, Pass{}, "JE", 0, `"0x10" is not one number`},

		{"next pass", ended(42), files{next: nil}, passFail, Pass{Multi: true}, "AC", 0, ""},
		{"next pass without the score", ended(42), files{next: nil}, unbounded, Pass{Multi: true}, "AC", 0, ""},
		{"too many passes", ended(42), files{next: nil}, passFail, Pass{Multi: true, Last: true}, "JE", 0, "asks for another pass"},
		{"last pass", ended(42), nil, passFail, Pass{Multi: true, Last: true}, "AC", 0, ""},
		{"rejected with a next pass", ended(43), files{next: nil}, passFail, Pass{Multi: true}, "JE", 0, "rejects and leaves a nextpass.in"},
		{"crash with a next pass", ended(3), files{next: nil}, passFail, Pass{Multi: true}, "JE", 0, "status 3"},
		{"not multi-pass: a file like any other", ended(43), files{next: nil}, passFail, Pass{}, "WA", 0, ""},
	} {
		got := Kattis(test.report, test.files, test.rule, test.pass)
		same(t, test.name, got, test.verdict, test.score, test.reason)
		_, next := test.files["nextpass.in"]
		if want := next && test.pass.Multi && got.Verdict == problem.AC; got.NextPass != want {
			t.Errorf("%s: next pass is %v, want %v", test.name, got.NextPass, want)
		}
	}
	got := Kattis(ended(43), text("judgemessage.txt", "  line 1\x00\xff\n", "teammessage.txt", "no"), passFail, Pass{})
	if got.Message != "line 1\uFFFD\uFFFD" || got.Team != "no" {
		t.Errorf("messages are %q and %q", got.Message, got.Team)
	}
	got = Kattis(ended(1), text("judgemessage.txt", strings.Repeat("x", 1<<20)), passFail, Pass{})
	if len(got.Message) > messageLength+10 || got.Message == "" {
		t.Errorf("a message of %d bytes", len(got.Message))
	}
}

func TestTestlib(t *testing.T) {
	for _, test := range []struct {
		name    string
		report  sandbox.Report
		stderr  string
		rule    problem.CaseScore
		verdict problem.Verdict
		score   float64
		reason  string
	}{
		{"ok", ended(0), "ok 3 numbers", polygon, "AC", 5, ""},
		{"wa", ended(1), "wrong answer 1st numbers differ", polygon, "WA", 0, ""},
		{"pe", ended(2), "wrong output format Unexpected end of file", polygon, "WA", 0, ""},
		{"fail", ended(3), "FAIL jury has worse answer\nmore", polygon, "JE", 0, "FAIL jury has worse answer"},
		{"fail, silent", ended(3), "", polygon, "JE", 0, "it does not say why"},
		{"dirt", ended(4), "", polygon, "WA", 0, ""},
		{"5", ended(5), "", polygon, "JE", 0, "status 5, which testlib does not have"},
		{"6", ended(6), "", polygon, "JE", 0, "status 6"},
		{"points", ended(7), "points 2.5 half", polygon, "PAC", 2.5, ""},
		{"points, of an old testlib", ended(7), "3", polygon, "PAC", 3, ""},
		{"points that are percent", ended(7), "points 50 half", percent, "PAC", 2.5, ""},
		{"points that are percent, all", ended(7), "points 100", percent, "AC", 5, ""},
		{"points that are percent, none", ended(7), "points 0", percent, "WA", 0, ""},
		{"points that are percent, too many", ended(7), "points 101", percent, "JE", 0, "101 points, which are to be percent"},
		{"points, too many", ended(7), "points 6", polygon, "JE", 0, "above the case's maximum of 5"},
		{"points, none", ended(7), "points", polygon, "JE", 0, "does not say how many"},
		{"points, no number", ended(7), "points all", polygon, "JE", 0, `"all" is not one number`},
		{"points, nan", ended(7), "points nan", polygon, "JE", 0, `"nan" is not one number`},
		{"points that mean nothing", ended(7), "points 3", sample, "PAC", 0, ""},
		{"unexpected eof", ended(8), "", polygon, "WA", 0, ""},
		{"9", ended(9), "", polygon, "JE", 0, "status 9"},
		{"49", ended(49), "", polygon, "JE", 0, "status 49"},
		{"all points", ended(7), "points 5.0", polygon, "AC", 5, ""},
		{"no points", ended(7), "points 0.0 nothing", polygon, "WA", 0, ""},
		{"_pc(0)", ended(50), "", polygon, "WA", 0, ""},
		{"_pc(0) without TESTSYS", ended(0), "partially correct (0) nothing", polygon, "WA", 0, ""},
		{"_pc(1) without TESTSYS", ended(1), "partially correct (1) ", polygon, "PAC", 0.025, ""},
		{"_pc(7), which is the status of points", ended(7), "partially correct (7) ", polygon, "PAC", 0.17500000000000002, ""},
		{"_pc(100) without TESTSYS", ended(100), "partially correct (100) half", polygon, "PAC", 2.5, ""},
		{"_pc(100) with TESTSYS", ended(150), "partially correct (100) half", polygon, "PAC", 2.5, ""},
		{"a message that is not of this status", ended(1), "partially correct (5) ", polygon, "WA", 0, ""},
		{"a message that is none", ended(1), "partially correct (1", polygon, "WA", 0, ""},
		{"_pc(100)", ended(150), "", polygon, "PAC", 2.5, ""},
		{"_pc(200)", ended(250), "", polygon, "AC", 5, ""},
		{"_pc(201)", ended(251), "", polygon, "JE", 0, "status 251"},
		{"42 is of another protocol", ended(42), "", polygon, "JE", 0, "status 42"},
		{"255", ended(255), "", polygon, "JE", 0, "status 255"},
		{"crash", stopped(sandbox.StatusSignal, ""), "ok", polygon, "JE", 0, "signal"},
		{"hang", stopped(sandbox.StatusIdleTime, ""), "ok", polygon, "JE", 0, "idle-time"},
	} {
		same(t, test.name, Testlib(test.report, []byte(test.stderr), test.rule), test.verdict, test.score, test.reason)
	}
	if got := Testlib(ended(1), []byte("wrong answer\n"), polygon); got.Message != "wrong answer" {
		t.Errorf("message is %q", got.Message)
	}
}

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name    string
		report  sandbox.Report
		stdout  string
		verdict problem.Verdict
		reason  string
	}{
		{"silent", ended(0), "", "AC", ""},
		{"an empty line", ended(0), "\n", "AC", ""},
		{"differences", ended(0), "1c1", "WA", ""},
		{"as diff", ended(1), "1c1", "WA", ""},
		{"1, silent", ended(1), "", "JE", "printed no difference"},
		{"trouble", ended(2), "diff: no such file", "JE", "status 2; it may only with 0"},
		{"42", ended(42), "", "JE", "status 42"},
		{"crash", stopped(sandbox.StatusSignal, ""), "", "JE", "signal"},
	} {
		same(t, test.name, Compare(test.report, []byte(test.stdout), passFail), test.verdict, 0, test.reason)
	}
}

func TestCMS(t *testing.T) {
	for _, test := range []struct {
		name    string
		report  sandbox.Report
		stdout  string
		rule    problem.CaseScore
		verdict problem.Verdict
		score   float64
		reason  string
	}{
		{"right", ended(0), "1.0\n", cms, "AC", 1, ""},
		{"wrong", ended(0), "0.0\n", cms, "WA", 0, ""},
		{"partly", ended(0), "0.25\nand more", cms, "PAC", 0.25, ""},
		{"too much", ended(0), "1.5", cms, "JE", 0, "the checker's outcome is 1.5, which is not in [0,1]"},
		{"below zero", ended(0), "-0.5", cms, "JE", 0, "not in [0,1]"},
		{"a cost", ended(0), "17.5", threshold, "PAC", 17.5, ""},
		{"a cost below zero", ended(0), "-1", threshold, "JE", 0, "-1"},
		{"nothing", ended(0), "", cms, "JE", 0, `the first line of its standard output: "" is not one number`},
		{"a word", ended(0), "OK\n", cms, "JE", 0, `"OK" is not one number`},
		{"nan", ended(0), "nan\n", cms, "JE", 0, `"nan" is not one number`},
		{"the second line", ended(0), "\n1.0", cms, "JE", 0, "not one number"},
		{"exit status", ended(1), "1.0", cms, "JE", 0, "status 1; it may only with 0"},
		{"crash", stopped(sandbox.StatusSignal, ""), "1.0", cms, "JE", 0, "signal"},
	} {
		same(t, test.name, CMS(test.report, []byte(test.stdout), nil, test.rule), test.verdict, test.score, test.reason)
	}
	got := CMS(ended(0), []byte("0"), []byte("translate:wrong\nfor the judges"), cms)
	if got.Team != "Output isn't correct" || got.Message != "translate:wrong\nfor the judges" {
		t.Errorf("messages are %q and %q", got.Message, got.Team)
	}
	if got := CMS(ended(0), []byte("x"), []byte("secret"), cms); got.Team != "" {
		t.Errorf("a checker that fails tells the solver %q", got.Team)
	}
}
