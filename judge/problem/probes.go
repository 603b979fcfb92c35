package problem

import "path"

// A Probe is data of which the package says how its validators must judge it. Nothing
// is graded by it; verifying a package is (2025-09: "Invalid test cases", "Valid
// output", "Samples", Validation).
type Probe struct {
	Case   *Case  // input, answer and arguments; one of the problem's cases, or one of the probe's own
	Output string // file on the host; "" if it is about the input

	// Wrong: the output must be rejected or, without one, the input by one of the input
	// validators at least. Every other input must be accepted by all of them.
	Wrong bool
}

// v2025Probes reads the folders of data that is right or wrong on purpose, and the samples,
// whose answers must be right.
func (r *reader) v2025Probes() {
	t := r.problem.Type
	outputs := !t.Interactive && !t.MultiPass
	r.v2025ProbesIn("invalid_input", true, false, nil)
	if outputs {
		r.v2025ProbesIn("invalid_output", true, true, nil)
		r.v2025ProbesIn("valid_output", false, true, nil)
		for _, c := range r.problem.Cases {
			if c.Sample {
				r.v2025Sample(c)
			}
		}
	}
}

func (r *reader) v2025ProbesIn(name string, wrong, output bool, above []string) {
	dir := "data/" + name
	above, ok := r.enter(dir, above)
	if !ok {
		return
	}
	conf := r.v2025Group(dir, name, caseSettings{})
	files := r.caseFiles(dir)
	for _, n := range files.order {
		if n.dir {
			r.v2025ProbesIn(name+"/"+n.name, wrong, output, above)
			continue
		}
		c := &Case{Name: name + "/" + n.name, Input: files.byName[n.name+".in"].host, Answer: files.byName[n.name+".ans"].host}
		r.v2025Case(files, dir, n.name, conf.cases, c)
		if _, ok := files.byName[n.name+".files"]; ok {
			c.Files = r.files(dir + "/" + n.name + ".files")
		}
		p := Probe{Case: c, Wrong: wrong}
		if output {
			p.Output = files.byName[n.name+".out"].host
			if p.Output == "" || c.Answer == "" {
				r.warn(NoAnswer, Place{File: dir + "/" + n.name + ".in"}, "is not looked at: it needs a %s.out and a %s.ans", n.name, n.name)
				continue
			}
		}
		r.problem.Probes = append(r.problem.Probes, p)
	}
}

// v2025Sample: what a sample shows as its output must be right. The default validator
// takes its own answer for right anyway.
func (r *reader) v2025Sample(c *Case) {
	base := path.Join("data", c.Name)
	switch out := r.file(base + ".out"); {
	case out != "":
		r.problem.Probes = append(r.problem.Probes, Probe{Case: c, Output: out})
	case r.problem.Checkers[0].Program != nil && r.stat(base+".ans.statement") == nil && c.Answer != "":
		r.problem.Probes = append(r.problem.Probes, Probe{Case: c, Output: c.Answer})
	}
}
