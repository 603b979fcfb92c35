package problem

import (
	"path/filepath"
	"slices"
)

// Outside says what is expected of a submission that need not be of the package, at path
// on the host: what the package expects if it is one of its own, else what the name of
// the folder that it is in and its tags say, as in a package. nil is nothing. The
// error is about the submission, as of a package: [Errors].
func (p *Problem) Outside(path string) (*Expectation, []Warning, error) {
	real, err := filepath.Abs(path)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return nil, nil, Errors{{Code: Unreadable, Text: "open the submission " + path, Err: err}}
	}
	for _, s := range p.Submissions {
		if s.Path == real {
			return s.Expect, nil, nil
		}
	}
	// A copy: the reader takes what it finds for the package's own.
	own := *p
	own.Submissions = nil
	r := &reader{root: filepath.Dir(real), problem: &own}
	e := r.stat(filepath.Base(real))
	var s *Submission
	if e != nil {
		s = r.submission(*e)
	}
	if s != nil {
		folder := filepath.Base(r.root)
		if p.Format == V2025 {
			r.v2025Folder(s, folder)
		} else {
			r.legacyFolder(s, folder)
		}
		r.tags(s, folder)
	}
	if errs := r.faults.errors(); len(errs) > 0 {
		return nil, nil, errs
	}
	if s == nil {
		return nil, r.faults.warnings(), nil
	}
	return s.Expect, r.faults.warnings(), nil
}

// v2025Folder expects what a default directory of this name stands for.
func (r *reader) v2025Folder(s *Submission, folder string) {
	if q, ok := v2025Folders[folder]; ok {
		q.From = "folder " + folder
		q.bounds("")
		s.Expect = &Expectation{From: q.From, Strict: true, Require: []Requirement{q}}
	}
}

// Verdicts are the verdicts that are expected, for people: the final ones, or what at
// least one case must have, or what every case may have. Empty if any will do.
func (e *Expectation) Verdicts() []Verdict {
	if e.Final != nil {
		return e.Final
	}
	var permitted, required []Verdict
	for _, q := range e.Require {
		if q.Scope != "" {
			continue
		}
		if required == nil {
			required = q.Required
		}
		if permitted == nil {
			permitted = q.Permitted
		}
	}
	if required != nil {
		return required
	}
	return slices.Clone(permitted)
}
