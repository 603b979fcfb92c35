package report_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

// hostile is what a submission may have for a name, and a checker repeat of its output.
const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x00\x1b[31m\xff]]>&amp;\u202e%0A::error::\n"

func yes(b bool) *bool          { return &b }
func points(f float64) *float64 { return &f }
func memory(mib float64) *int64 { n := int64(mib * (1 << 20)); return &n }

var at = time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC)

// result is a small one, to be changed.
func result(name string, verdict problem.Verdict, cases ...judge.CaseResult) *judge.Result {
	return &judge.Result{Version: 1, Problem: "squares", Submission: name, Language: "c", Verdict: verdict, TimeLimit: time.Second, MemoryLimit: 256 << 20,
		CPUTime: 20 * time.Millisecond, WallTime: 30 * time.Millisecond, MemoryPeak: 3 << 20, Groups: []judge.GroupResult{}, Cases: cases,
		Provenance: &judge.Provenance{Judge: "1.0", Package: "sha256:aa", Source: "sha256:bb", Host: judge.Host{Kernel: "6.1", Arch: "amd64", CPU: "Some CPU", Microcode: "0x1"}}}
}

func oneCase(name string, verdict problem.Verdict, reason string) judge.CaseResult {
	c := judge.CaseResult{Name: name, Verdict: verdict, Reason: reason, Measurements: 1, Report: &sandbox.Report{CPUTime: 12_300_000, WallTime: 20_000_000, MemoryPeak: memory(3)}}
	if verdict == problem.WA {
		c.Checker = &judge.CheckerResult{Message: reason + "\nline 1, column 2: got \"7\", expected \"9\"", Team: "look at the borders"}
	}
	return c
}

// batch makes many results, the same for the same numbers.
func batch(submissions, cases int, each func(*judge.Result)) {
	random := rand.New(rand.NewPCG(1, 2))
	verdicts := []problem.Verdict{problem.WA, problem.TLE, problem.MLE, problem.RTE, problem.OLE}
	reasons := map[problem.Verdict]string{problem.WA: "line 3, column 1: got \"41\", expected \"42\"", problem.TLE: "cpu-time: used 2.01s of processor time, the limit is 2s",
		problem.MLE: "the kernel killed a process for memory, the limit is 256 MiB", problem.RTE: "ended by signal 11 (SIGSEGV)", problem.OLE: "wrote more than 8 MiB to standard output"}
	for i := range submissions {
		folder := []string{"accepted", "accepted", "wrong_answer", "time_limit_exceeded", "run_time_error"}[i%5]
		r := result(fmt.Sprintf("submissions/%s/team%d_%s.%s", folder, i, []string{"dp", "greedy", "brute_force"}[i%3], []string{"cc", "py", "java"}[i%3]), problem.AC)
		r.Problem, r.TimeLimit, r.Language = "tree-cutting", 2*time.Second, []string{"cpp", "python3", "java"}[i%3]
		r.CPUTime, r.MemoryPeak, r.Score, r.BestScore = 0, 0, points(100), points(100)
		slow := 5 + 900*random.Float64()*random.Float64()
		stop := cases + 1
		if folder != "accepted" {
			stop = random.IntN(cases)
		}
		if i%41 == 40 {
			r.Verdict, r.Reason, r.Score = problem.CE, "expected ';' before '}' token", points(0)
			r.Compile = &judge.Compile{Output: "main.cc:7:12: error: expected ';' before '}' token\n    7 |   return 0 }\n"}
			each(r)
			continue
		}
		for c := range cases {
			name, v, reason := fmt.Sprintf("secret/group%d/%02d", 1+(c-2)/6, c-1), problem.AC, ""
			if c < 2 {
				name = fmt.Sprintf("sample/%d", c+1)
			}
			took, mib := slow*(.2+float64(c)/float64(cases))*(.9+.2*random.Float64()), 2+slow/9*random.Float64()+float64(i%3)*8
			if c == stop {
				v = verdicts[random.IntN(len(verdicts))]
				reason = reasons[v]
				if v == problem.TLE {
					took = 2010
				}
				if v == problem.MLE {
					mib = 256
				}
				r.Verdict, r.Reason, r.Score = v, "on "+name+": "+reason, points(float64(20*(c/6)))
			}
			one := oneCase(name, v, reason)
			one.Report.CPUTime, one.Report.MemoryPeak = int64(took*1e6), memory(mib)
			r.CPUTime, r.MemoryPeak = max(r.CPUTime, time.Duration(one.Report.CPUTime)), max(r.MemoryPeak, *one.Report.MemoryPeak)
			r.Cases = append(r.Cases, one)
			if c == stop {
				break
			}
		}
		for g := range 3 {
			v := problem.AC
			if r.Verdict != problem.AC && stop < 6*(g+1) {
				v = r.Verdict
			}
			r.Groups = append(r.Groups, judge.GroupResult{Name: fmt.Sprintf("secret/group%d", g+1), Verdict: v, Score: points(float64(20 * g))})
		}
		if i%7 == 3 {
			r.Expected, r.Agrees = []problem.Verdict{problem.AC}, yes(r.Verdict == problem.AC)
			if !*r.Agrees {
				r.Disagree = fmt.Sprintf("the verdict is %s, expected is AC", r.Verdict)
			}
		}
		r.WallTime = r.CPUTime * 11 / 10
		each(r)
	}
}
