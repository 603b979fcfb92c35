package judge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// tried is an attempt that took so much of a limit of a second, in ms. The first one was
// not alone, the others were.
func tried(ms int, v problem.Verdict, c Confidence, output string) attempt {
	r := quiet()
	r.CPUTime = int64(ms) * int64(time.Millisecond)
	r.WallTime = r.CPUTime
	return attempt{output: output, result: CaseResult{Verdict: v, Report: r, Confidence: c, Score: ptr(1.0)}}
}

func killed(ms int, s sandbox.Status, c Confidence) attempt {
	a := tried(ms, problem.TLE, c, "")
	a.result.Report.Status, a.result.Report.ExitCode = s, nil
	if s == sandbox.StatusWallTime {
		a.result.Report.WallTime = int64(13 * time.Second)
	}
	return a
}

func TestAgain(t *testing.T) {
	limits := clocks{cpu: time.Second, wall: 13 * time.Second}
	ac := func(ms int, c Confidence) attempt { return tried(ms, problem.AC, c, "x") }
	tle := func(ms int, c Confidence) attempt { return tried(ms, problem.TLE, c, "x") }
	for _, c := range []struct {
		name  string
		tries []attempt
		want  bool
	}{
		{"far below", []attempt{ac(100, High)}, false},
		{"far below, on a machine that is not to be trusted", []attempt{ac(499, Low)}, false},
		{"half of the limit, and not to be trusted", []attempt{ac(501, Low)}, true},
		{"half of the limit, a little disturbed", []attempt{ac(501, Medium)}, false},
		{"not near yet", []attempt{ac(899, High)}, false},
		{"near, below", []attempt{ac(900, High)}, true},
		{"near, above", []attempt{tle(1099, High)}, true},
		{"ended a tenth above", []attempt{killed(1100, sandbox.StatusCPUTime, High)}, false},
		{"ended a tenth above, and not to be trusted", []attempt{killed(1101, sandbox.StatusCPUTime, Low)}, true},
		{"wrong, and near", []attempt{tried(950, problem.WA, Low, "x")}, false},
		{"crashed, and near", []attempt{tried(950, problem.RTE, Low, "x")}, false},
		{"partly right, and near", []attempt{tried(950, problem.PAC, High, "x")}, true},
		{"asleep", []attempt{killed(5, sandbox.StatusIdleTime, High)}, false},
		{"asleep on a machine that is not to be trusted", []attempt{killed(5, sandbox.StatusIdleTime, Low)}, false},
		{"the wall limit", []attempt{killed(400, sandbox.StatusWallTime, High)}, true},
		{"the wall limit, and again alone", []attempt{killed(400, sandbox.StatusWallTime, High), killed(400, sandbox.StatusWallTime, Low)}, false},
		{"by far, and again alone", []attempt{killed(1100, sandbox.StatusCPUTime, Low), killed(1100, sandbox.StatusCPUTime, Low)}, false},
		{"by far, and near when alone", []attempt{killed(1100, sandbox.StatusCPUTime, Low), tle(1020, Low)}, true},
		{"in time when alone", []attempt{tle(1050, High), ac(990, High)}, false},
		{"in time twice", []attempt{ac(950, High), ac(940, Low)}, false},
		{"in time first: it stays so", []attempt{ac(990, High), tle(1010, High)}, false},
		{"too slow twice", []attempt{tle(1050, High), tle(1040, High)}, true},
		{"too slow twice, then by far", []attempt{tle(1050, High), killed(1101, sandbox.StatusCPUTime, High)}, false},
		{"too slow three times", []attempt{tle(1050, High), tle(1040, High), tle(1060, High)}, true},
		{"too slow four times", []attempt{tle(1050, High), tle(1040, High), tle(1060, Low), tle(1030, Low)}, false},
		{"nothing was run", []attempt{{result: CaseResult{Verdict: problem.WA}}}, false},
	} {
		if got := again(c.tries, limits, true); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	if again([]attempt{killed(1101, sandbox.StatusCPUTime, Low)}, limits, false) || !again([]attempt{tle(1010, Low)}, limits, false) {
		t.Error("on a machine that is not quiet when it is left alone, what is near is measured again, and nothing else")
	}
	// Where a limit is made of the times, any that cannot be trusted is measured again.
	if !again([]attempt{ac(10, Low)}, clocks{}, true) || again([]attempt{ac(10, Medium)}, clocks{}, true) || again([]attempt{ac(10, Low), ac(10, Low)}, clocks{}, true) {
		t.Error("without a limit")
	}
}

func TestSettleMeasurements(t *testing.T) {
	scored := func(a attempt, score float64) attempt { a.result.Score = &score; return a }
	for _, c := range []struct {
		name  string
		tries []attempt
		want  string // verdict, ms, measurements, and which
	}{
		{"once", []attempt{tried(500, problem.AC, High, "x")}, "AC 500 1"},
		{"the fastest counts", []attempt{tried(950, problem.AC, Low, "x"), tried(930, problem.AC, High, "x")}, "AC 930 2 -+"},
		{"also where it was the first", []attempt{tried(950, problem.AC, Low, "x"), tried(960, problem.AC, High, "x")}, "AC 950 2 +-"},
		{"in time when alone", []attempt{tried(1050, problem.TLE, Low, "x"), tried(1010, problem.TLE, High, "x"), tried(990, problem.AC, High, "x")}, "AC 990 3 --+"},
		{"what was in time stays so", []attempt{tried(990, problem.AC, High, "x"), tried(1010, problem.TLE, High, "x")}, "AC 990 2 +-"},
		{"always too slow", []attempt{tried(1050, problem.TLE, High, "x"), tried(1020, problem.TLE, High, "x"), tried(1040, problem.TLE, High, "x"), tried(1030, problem.TLE, High, "x")}, "TLE 1020 4 -+--"},
		{"too slow, then wrong in time", []attempt{killed(1100, sandbox.StatusCPUTime, Low), tried(980, problem.WA, High, "y")}, "WA 980 2 -+"},
		{"right, then wrong: the first was in time", []attempt{tried(950, problem.AC, High, "x"), tried(900, problem.WA, High, "y")}, "AC 950 2 +- nondeterministic"},
		{"another output, as right", []attempt{tried(950, problem.AC, High, "x"), tried(900, problem.AC, High, "y")}, "AC 950 2 +- nondeterministic"},
		{"another output, too late", []attempt{tried(1050, problem.TLE, High, "x"), tried(1060, problem.TLE, High, "y")}, "TLE 1050 2 +- nondeterministic"},
		{"another score", []attempt{scored(tried(950, problem.PAC, High, ""), 1), scored(tried(900, problem.PAC, High, ""), 2)}, "PAC 950 2 +- nondeterministic"},
		{"right, then crashed", []attempt{tried(950, problem.AC, High, "x"), tried(10, problem.RTE, High, "")}, "AC 950 2 +- nondeterministic"},
	} {
		r := settle(c.tries)
		got := fmt.Sprintf("%s %d %d ", r.Verdict, time.Duration(r.Report.CPUTime).Milliseconds(), r.Measurements)
		for _, m := range r.Measured {
			got += map[bool]string{true: "+", false: "-"}[m.Counts]
		}
		if got = strings.TrimSpace(got); r.Nondeterministic {
			got += " nondeterministic"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
