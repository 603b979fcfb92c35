package problem

import (
	"math"
	"os"
	"path"
	"slices"
	"strings"
)

// check looks at a problem of any format as a whole.
func (r *reader) check() {
	p := r.problem
	r.checkFlags()
	r.checkScripts()
	if len(r.faults.errs) > 0 { // what follows from a fault is none of its own
		return
	}
	secret := 0
	for _, c := range p.Cases {
		if !c.Sample || p.Format == Polygon {
			secret++
		}
	}
	if secret == 0 {
		r.fail(NoCases, Place{}, "the package holds no secret test data")
		return
	}
	r.checkNames()
	r.checkRequires()
	r.checkSubmissions()
	if secret == len(p.Cases) && (p.Format == Legacy || p.Format == V2025) {
		r.warn(NoSample, Place{File: "data/sample"}, "holds no sample case")
	}
}

// checkScripts refuses scripts build and run that could not be started. Those of input
// validators are only warned of: nothing is graded by them.
func (r *reader) checkScripts() {
	p := r.problem
	graded := []*Program{p.Grader, p.Static}
	for _, c := range p.Checkers {
		graded = append(graded, c.Program)
	}
	if p.Interactor != nil {
		graded = append(graded, p.Interactor.Program)
	}
	for i, prog := range append(graded, p.InputValidators...) {
		script := "run"
		switch {
		case prog == nil || !prog.Build && !prog.Run:
			continue
		case prog.Build:
			script = "build"
		}
		at := slices.IndexFunc(prog.Files, func(f File) bool { return f.Name == script })
		info, err := os.Stat(prog.Files[at].Path)
		if err != nil || info.Mode()&0o111 != 0 {
			continue // what cannot be read is said when it is
		}
		place := Place{File: r.relative(prog.Path) + "/" + script}
		if i < len(graded) {
			r.fail(NotExecutable, place, "is not executable: chmod +x it")
		} else {
			r.warn(NotExecutable, place, "is not executable")
		}
	}
}

// relative is a path of the host as a name in the package.
func (r *reader) relative(host string) string { return strings.TrimPrefix(host, r.root+"/") }

// checkNames refuses two cases or groups of one name.
func (r *reader) checkNames() {
	seen := map[string]bool{}
	for _, c := range r.problem.Cases {
		if seen[c.Name] {
			r.fail(Duplicate, Place{}, "there are two cases named %s", c.Name)
		}
		seen[c.Name] = true
	}
	if r.problem.Root == nil {
		return
	}
	groups := map[string]bool{}
	r.problem.Root.Each(func(g *Group) {
		if groups[g.Name] {
			r.fail(Duplicate, Place{}, "there are two groups named %s", g.Name)
		}
		groups[g.Name] = true
	})
}

// checkRequires refuses dependencies that go round in a circle, or lead nowhere.
func (r *reader) checkRequires() {
	root := r.problem.Root
	if root == nil {
		return
	}
	requires := map[string][]string{}
	root.Each(func(g *Group) { requires[g.Name] = g.Rule.Requires })
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(name string) bool
	visit = func(name string) bool {
		if state[name] == open {
			return false
		}
		if state[name] == done {
			return true
		}
		state[name] = open
		for _, next := range requires[name] {
			if _, ok := requires[next]; !ok {
				r.fail(BadGroups, Place{}, "group %s requires %s, which is no group", name, next)
			} else if !visit(next) {
				r.fail(BadGroups, Place{}, "group %s requires %s, which requires it in turn", name, next)
			}
		}
		state[name] = done
		return true
	}
	root.Each(func(g *Group) { visit(g.Name) })
}

// checkSubmissions warns of what the time limit and verifying need.
func (r *reader) checkSubmissions() {
	p := r.problem
	accepted := slices.ContainsFunc(p.Submissions, func(s *Submission) bool {
		return s.Expect != nil && s.Expect.verdict() == AC
	})
	if !accepted && p.Format != Plain {
		where := map[Format]string{Polygon: "solutions", CMS: "sol"}[p.Format]
		if where == "" {
			where = "submissions/accepted"
		}
		r.warn(NoAccepted, Place{File: where}, "there is no submission that must be accepted")
	}
	if p.Limits.Time == 0 && !p.Type.SubmitAnswer && !slices.ContainsFunc(p.Submissions, (*Submission).boundsBelow) {
		r.warn(BadLimits, Place{}, "no time limit is given, and no submission to compute one from")
	}
	for _, s := range p.Submissions {
		r.checkCode(s)
	}
}

// checkCode warns of submissions of the package that are larger than it allows.
func (r *reader) checkCode(s *Submission) {
	if r.problem.Limits.Code == 0 || r.problem.Type.SubmitAnswer {
		return
	}
	var size int64
	for _, f := range s.Files {
		rel, ok := strings.CutPrefix(f.Path, r.root+"/")
		if e := r.stat(rel); ok && e != nil {
			size += e.size
		}
	}
	if size > r.problem.Limits.Code {
		r.warn(BadLimits, Place{File: s.Name}, "has %d bytes; the code limit is %d", size, r.problem.Limits.Code)
	}
}

// boundsBelow says that the submission bounds the time limit from below.
func (s *Submission) boundsBelow() bool {
	return s.Expect != nil && slices.ContainsFunc(s.Expect.Require, func(q Requirement) bool { return q.Lower })
}

// unbounded is the rule of a group that is neither scored nor cut short.
func unbounded() Rule {
	return Rule{Verdict: WorstError, Factor: 1, MinScore: math.Inf(-1), MaxScore: math.Inf(1)}
}

// baseName is a file's name without its extension.
func baseName(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }
