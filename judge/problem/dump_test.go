package problem

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// dump writes a problem as text, for tests to compare: everything that is not the
// same in every package, paths relative to the package.
func dump(p *Problem) string {
	var b strings.Builder
	rel := func(path string) string {
		if path == "" {
			return "-"
		}
		return strings.TrimPrefix(path, p.Dir+"/")
	}
	files := func(label string, all []File) {
		for _, f := range all {
			fmt.Fprintf(&b, " %s=%s<%s", label, f.Name, rel(f.Path))
		}
	}
	fmt.Fprintf(&b, "problem %s %q format=%s version=%q type=%+v\n", p.Name, p.Title, p.Format, p.Version, p.Type)
	fmt.Fprintf(&b, "limits %+v\n", p.Limits)
	fmt.Fprintf(&b, "languages=%v minimize=%v write=%v io=%q,%q constants=%v\n", p.Languages, p.Minimize, p.WriteFiles, p.InputFile, p.OutputFile, p.Constants)
	program := func(label string, prog *Program) {
		if prog == nil {
			return
		}
		fmt.Fprintf(&b, "%s %s %s build=%v run=%v executable=%v language=%q", label, prog.Name, rel(prog.Path), prog.Build, prog.Run, prog.Executable, prog.Language)
		files("file", prog.Files)
		files("extra", prog.Extra)
		b.WriteByte('\n')
	}
	checker := map[*Checker]int{}
	for i, c := range p.Checkers {
		checker[c] = i
		fmt.Fprintf(&b, "checker %d %s\n", i, c.Kind)
		program("  program", c.Program)
	}
	if p.Interactor != nil {
		fmt.Fprintf(&b, "interactor %s processes=%d fifos=%v\n", p.Interactor.Kind, p.Interactor.Processes, p.Interactor.FIFOs)
		program("  program", p.Interactor.Program)
	}
	program("grader", p.Grader)
	program("static", p.Static)
	for _, v := range p.InputValidators {
		program("input-validator", v)
	}
	for _, lang := range slices.Sorted(func(yield func(string) bool) {
		for l := range p.Includes {
			if !yield(l) {
				return
			}
		}
	}) {
		fmt.Fprintf(&b, "include %s", lang)
		files("file", p.Includes[lang])
		b.WriteByte('\n')
	}
	var group func(g *Group, indent string)
	group = func(g *Group, indent string) {
		fmt.Fprintf(&b, "%sgroup %q %s\n", indent, g.Name, dumpRule(g.Rule))
		for _, item := range g.Items {
			if item.Group != nil {
				group(item.Group, indent+"  ")
				continue
			}
			c := item.Case
			fmt.Fprintf(&b, "%s  case %s sample=%v in=%s ans=%s feedback=%v %s", indent, c.Name, c.Sample, rel(c.Input), rel(c.Answer), c.Feedback, dumpScore(c.Score))
			if len(c.Args) > 0 {
				fmt.Fprintf(&b, " args=%q", c.Args)
			}
			files("file", c.Files)
			for _, k := range c.Checks {
				fmt.Fprintf(&b, " check=%d%q", checker[k.Checker], k.Args)
			}
			if len(c.ValidatorArgs) > 0 {
				fmt.Fprintf(&b, " validator-args=%q", c.ValidatorArgs)
			}
			if len(c.OutputNames) > 0 {
				fmt.Fprintf(&b, " outputs=%q", c.OutputNames)
			}
			if c.Hint+c.Description != "" {
				fmt.Fprintf(&b, " hint=%q description=%q", c.Hint, c.Description)
			}
			b.WriteByte('\n')
		}
	}
	group(p.Root, "")
	order := ""
	for _, c := range p.Cases {
		order += " " + c.Name
	}
	fmt.Fprintf(&b, "order%s\n", order)
	for _, probe := range p.Probes {
		fmt.Fprintf(&b, "probe %s in=%s ans=%s out=%s wrong=%v", probe.Case.Name, rel(probe.Case.Input), rel(probe.Case.Answer), rel(probe.Output), probe.Wrong)
		for _, k := range probe.Case.Checks {
			fmt.Fprintf(&b, " check=%d%q", checker[k.Checker], k.Args)
		}
		fmt.Fprintf(&b, " validator-args=%q\n", probe.Case.ValidatorArgs)
	}
	for _, s := range p.Submissions {
		fmt.Fprintf(&b, "submission %s language=%q entry=%q model=%v", s.Name, s.Language, s.EntryPoint, s.Model)
		files("file", s.Files)
		b.WriteByte('\n')
		if e := s.Expect; e != nil {
			fmt.Fprintf(&b, "  expect from=%q final=%v exact=%v strict=%v grades=%v score=%s", e.From, e.Final, e.Exact, e.Strict, e.Grades, dumpRange(e.Score))
			if e.Partial {
				fmt.Fprintf(&b, " partial of %g", e.Best)
			}
			b.WriteByte('\n')
			for _, q := range e.Require {
				fmt.Fprintf(&b, "    require scope=%q permitted=%v required=%v score=%s message=%q lower=%v upper=%v (%s)\n",
					q.Scope, q.Permitted, q.Required, dumpRange(q.Score), q.Message, q.Lower, q.Upper, q.From)
			}
		}
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(&b, "warning %s: %s\n", w.Code, w)
	}
	return b.String()
}

func dumpRange(r *Range) string {
	if r == nil {
		return "any"
	}
	return fmt.Sprintf("%.9f..%.9f", r.Min, r.Max)
}

func dumpRule(r Rule) string {
	s := fmt.Sprintf("verdict=%s", r.Verdict)
	if r.AcceptIfAny {
		s += " accept-if-any"
	}
	if r.IgnoreSample {
		s += " ignore-sample"
	}
	if r.Score != ScoreNone {
		s += fmt.Sprintf(" score=%s factor=%g", r.Score, r.Factor)
	}
	if r.Threshold != 0 {
		s += fmt.Sprintf(" threshold=%g", r.Threshold)
	}
	if !math.IsInf(r.MinScore, -1) || !math.IsInf(r.MaxScore, 1) {
		s += fmt.Sprintf(" range=%g..%g", r.MinScore, r.MaxScore)
	}
	if r.Break {
		s += " break"
	}
	if len(r.Requires) > 0 {
		s += fmt.Sprintf(" requires=%q", r.Requires)
	}
	if r.Custom {
		s += fmt.Sprintf(" custom%q", r.Flags)
	}
	if r.Static != nil {
		s += fmt.Sprintf(" static%q %s", r.Static.Args, dumpScore(r.Static.Score))
	}
	return s
}

func dumpScore(c CaseScore) string {
	if c == (CaseScore{File: FileIgnored, Multiplier: FileIgnored}) {
		return "no-score"
	}
	percent := map[bool]string{true: ",percent"}[c.Percent]
	return fmt.Sprintf("score=%g/%g/%g,%s,%s,%v%s", c.Accept, c.Reject, c.Max, c.File, c.Multiplier, c.OnReject, percent)
}
