package judge

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"judge/judge/problem"
	"judge/sandbox"
)

// grader has the package's grader make one outcome of those of a group's items: it
// reads a line "VERDICT SCORE" for each, and prints one (legacy, "Graders").
func (t *trial) grader(ctx context.Context, g *problem.Group, items []outcome) (outcome, error) {
	release, err := t.engine.admit(ctx, t.checkerRequest())
	if err != nil {
		return outcome{}, err
	}
	defer release()
	lines := gradeLines(items)
	p := t.engine.checkerPolicy(t.problem.Limits)
	p.Limits.IdleTime = checkerIdle
	stdout, stderr := &limited{}, &limited{}
	tl := t.tools[t.problem.Grader]
	r, err := t.engine.run(ctx, tl, sandbox.Command{Args: slices.Clone(g.Rule.Flags), Stdin: strings.NewReader(lines), Stdout: stdout, Stderr: stderr}, p)
	switch {
	case err != nil:
		return outcome{}, err
	case r.Status == sandbox.StatusCancelled:
		return outcome{}, context.Cause(ctx)
	case r.Status != sandbox.StatusOK:
		return badGrader(tl, g, r.Reason, stderr), nil
	}
	o, fault := readGrade(string(stdout.Bytes()))
	if fault != "" {
		return badGrader(tl, g, fault, stderr), nil
	}
	o.verdict = asJudged(o.verdict, items)
	if o.verdict != problem.AC {
		o.reason = fmt.Sprintf("the grader's verdict on %q", g.Name)
	}
	return o, nil
}

// gradeLines are what a grader reads. The format has four verdicts (legacy, "Graders",
// Input); of others a grader knows nothing.
func gradeLines(items []outcome) string {
	var lines strings.Builder
	for _, i := range items {
		v := i.verdict
		if v == problem.MLE || v == problem.OLE {
			v = problem.RTE
		}
		fmt.Fprintf(&lines, "%s %s\n", v, strconv.FormatFloat(i.score, 'f', -1, 64))
	}
	return lines.String()
}

// asJudged is a grader's RTE by the name that judge has for it, if none of the items
// is an RTE itself.
func asJudged(v problem.Verdict, items []outcome) problem.Verdict {
	is := func(list ...problem.Verdict) func(outcome) bool {
		return func(o outcome) bool { return slices.Contains(list, o.verdict) }
	}
	if i := slices.IndexFunc(items, is(problem.MLE, problem.OLE)); v == problem.RTE && i >= 0 && !slices.ContainsFunc(items, is(problem.RTE)) {
		return items[i].verdict
	}
	return v
}

func badGrader(t *tool, g *problem.Group, what string, stderr *limited) outcome {
	reason := fmt.Sprintf("grader %s, on group %q: %s", t.name, g.Name, what)
	if said := firstSaid(stderr.Bytes()); said != "" {
		reason += ": " + said
	}
	return outcome{verdict: problem.JE, reason: reason}
}

// readGrade reads what a grader printed, or says what is wrong with it.
func readGrade(text string) (outcome, string) {
	words := strings.Fields(text)
	if len(words) != 2 {
		return outcome{}, fmt.Sprintf("it printed %q, not a verdict and a score", oneLine(text))
	}
	v := problem.Verdict(words[0])
	if v == "IF" { // illegal function: no verdict of judge's
		v = problem.RTE
	}
	known := []problem.Verdict{problem.AC, problem.WA, problem.TLE, problem.MLE, problem.OLE, problem.RTE, problem.JE}
	if !slices.Contains(known, v) {
		return outcome{}, fmt.Sprintf("it printed the verdict %q, which there is not", words[0])
	}
	score, err := strconv.ParseFloat(words[1], 64)
	if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return outcome{}, fmt.Sprintf("it printed the score %q, which is no number", words[1])
	}
	return outcome{verdict: v, score: score}, ""
}
