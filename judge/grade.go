package judge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// Grade judges one submission. The error is that ctx is done, or [ErrHalted]; whatever
// else goes wrong is in the result.
func (d *Docket) Grade(ctx context.Context, s Submission) (*Result, error) {
	return d.Resume(ctx, s, nil)
}

// Resume is Grade, but for the cases that a record knows already. What the record
// says when it is told of one is an error, too.
func (d *Docket) Resume(ctx context.Context, s Submission, record Record) (*Result, error) {
	limit, err := d.TimeLimit(ctx)
	if err != nil {
		if ended(ctx, err) {
			return nil, err
		}
		r := d.undecided(s, err)
		d.prove(s, r)
		d.engine.tell(Event{Submission: s.Name, Result: r})
		return r, nil
	}
	r, err := d.grade(ctx, s, terms{limit: limit, kill: beyond(limit), all: d.engine.opts.AllCases, tell: d.engine.tell, record: record, recall: true})
	if err != nil {
		return nil, err
	}
	d.prove(s, r)
	d.engine.tell(Event{Submission: s.Name, Result: r})
	return r, nil
}

// terms are what a submission is judged by.
type terms struct {
	limit time.Duration // of processor time, for verdicts; 0: none
	kill  time.Duration // of processor time, at which a run is ended
	all   bool          // every case, whatever the package says
	tell  func(Event)   // of each case as it is done

	record Record // nil for none
	recall bool   // what the result cache has counts
}

// forTool are the terms for a language that has a limit of its own.
func (t terms) forTool(l problem.Limits, tl *tool) terms {
	factor := tl.factor
	if own := l.Languages[tl.code()].Time; own > 0 && t.limit > 0 {
		factor = float64(own) / float64(t.limit)
	}
	if factor > 0 && t.limit > 0 {
		t.limit = time.Duration(math.Round(float64(t.limit) * factor))
		t.kill = time.Duration(math.Round(float64(t.kill) * factor))
	}
	return t
}

func (d *Docket) grade(ctx context.Context, s Submission, by terms) (*Result, error) {
	if d.fault != "" {
		return d.undecided(s, errors.New(d.fault)), nil
	}
	r := d.newResult(s)
	t, done, err := d.admit(ctx, s, r)
	if done || err != nil {
		d.compare(s, r, by.all)
		return r, err
	}
	if t != nil {
		defer d.engine.drop(t)
		by = by.forTool(d.problem.Limits, t)
	}
	r.TimeLimit = by.limit
	tr := d.newTrial(t, s, by)
	r.MemoryLimit = int64(tr.base.Limits.Memory)
	if by.recall {
		tr.past = tr.remember()
	}
	if err := d.hear(ctx, s, tr, r); err != nil {
		return nil, err
	}
	d.compare(s, r, by.all)
	return r, nil
}

func (d *Docket) newResult(s Submission) *Result {
	r := &Result{Version: Version, Problem: d.problem.Name, Submission: s.Name, Language: s.Language, Groups: []GroupResult{}, Cases: []CaseResult{}}
	if best := d.problem.BestScore(); d.problem.Type.Scoring && !math.IsInf(best, 0) {
		r.BestScore = &best
	}
	return r
}

// undecided is the result where judge, or the package, is at fault.
func (d *Docket) undecided(s Submission, err error) *Result {
	r := d.newResult(s)
	r.Verdict, r.Reason = problem.JE, err.Error()
	d.compare(s, r, false)
	return r
}

// admit compiles a submission. It says whether that has given the verdict already.
func (d *Docket) admit(ctx context.Context, s Submission, r *Result) (*tool, bool, error) {
	if d.problem.Type.SubmitAnswer {
		return nil, false, nil
	}
	reject := func(format string, args ...any) (*tool, bool, error) {
		r.Verdict, r.Reason = problem.CE, fmt.Sprintf(format, args...)
		return nil, true, nil
	}
	size, err := s.size()
	switch max := d.problem.Limits.Code; {
	case err != nil:
		r.Verdict, r.Reason = problem.JE, err.Error()
		return nil, true, nil
	case max > 0 && size > max:
		return reject("the source has %d bytes, the limit is %d", size, max)
	}
	src := source{name: s.Name, files: s.Files, language: s.Language, entry: s.EntryPoint, driver: d.problem.Driver, include: d.include, expand: d.expand()}
	if d.engine.opts.Language != "" {
		src.language = d.engine.opts.Language
	}
	if l, err := languageOf(d.engine.opts.Languages, src.files, src.language); err == nil {
		r.Language = l.ID
	}
	t, c, err := d.engine.build(ctx, src, d.problem.Limits)
	r.Compile = c
	var none *NoToolchainError
	switch {
	case err != nil && ended(ctx, err):
		return nil, false, err
	case errors.As(err, &none):
		return reject("%v", none)
	case err != nil:
		r.Verdict, r.Reason = problem.JE, err.Error()
		return nil, true, nil
	case t == nil:
		return reject("%s", whyNot(c))
	}
	if allowed := d.problem.Languages; allowed != nil && !d.engine.anyLanguage(allowed, t.code()) {
		d.engine.drop(t)
		return reject("the language %s is not allowed here: the problem takes %s", t.code(), strings.Join(allowed, ", "))
	}
	return t, false, nil
}

// whyNot is why a compiler rejected a source: its own words, if it ended by itself.
func whyNot(c *Compile) string {
	if c.Report.Status == sandbox.StatusNonzeroExit {
		return firstLine(firstError(c.Output), c.Output, c.Report.Reason)
	}
	return firstLine(c.Report.Reason, c.Output)
}

// complaint is what compilers and linkers call a reason. Before it they say where they
// are ("In function main:") and what they warn of.
var complaint = regexp.MustCompile(`(?i)\berror\b|Error: |undefined reference`)

// firstError is the first line of a compiler's output that is a reason; "" without one.
func firstError(output string) string {
	for line := range strings.Lines(output) {
		if complaint.MatchString(line) {
			return line
		}
	}
	return ""
}

// anyLanguage says whether a language, by what packages call it, is one of those
// listed, by whatever name.
func (e *Engine) anyLanguage(ids []string, code string) bool {
	for _, one := range ids {
		if found, err := e.opts.Languages.Find(one); err == nil && found.Code == code {
			return true
		}
	}
	return false
}

// include lists the files that the package puts beside a submission's.
func (d *Docket) include(language string) []problem.File {
	if files, ok := d.problem.Includes[language]; ok {
		return files
	}
	return d.problem.Includes["default"]
}

// hear judges the cases, and makes one result of them.
func (d *Docket) hear(ctx context.Context, s Submission, t *trial, r *Result) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	results := map[*problem.Case]CaseResult{}
	d.engine.hearing.Add(1)
	defer d.engine.hearing.Add(-1)
	cases := newPending(ctx, d.problem.Cases, d.engine.ahead, t.recorded)
	defer cases.finish()
	tally := newTally(d.problem, t.court(ctx, stop, cases, results), t.all)
	whole := tally.group(d.problem.Root)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, c := range d.problem.Cases {
		if got, judged := results[c]; judged {
			r.longest(got)
			if !d.problem.Type.Scoring {
				got.Score = nil
			}
			r.Cases = append(r.Cases, got)
		}
	}
	if t.past != nil {
		cases.finish()
		t.past.keep()
	}
	r.Groups = tally.groups
	r.Verdict, r.Reason = whole.verdict, whole.reason
	if d.problem.Type.Scoring {
		r.Score = &whole.score
		r.Verdict = final(r.Verdict, whole.score, d.problem.BestScore(), d.problem.Format, d.problem.Minimize)
	}
	return nil
}

// court is where the tally of a submission's cases gets its outcomes from. What ends
// grading is told to stop.
func (t *trial) court(ctx context.Context, stop func(error), cases *pending, results map[*problem.Case]CaseResult) court {
	fail := func(err error) outcome {
		if errors.Is(err, ErrHalted) {
			cases.wait() // what runs is not in vain: the record has it
		}
		stop(err)
		return outcome{verdict: problem.JE}
	}
	orFault := func(o outcome, err error) outcome {
		switch {
		case errors.Is(err, ErrHalted):
			return fail(err)
		case err != nil:
			return outcome{verdict: problem.JE, reason: err.Error()}
		}
		return o
	}
	return court{
		Case: func(c *problem.Case) outcome {
			got, seen := results[c]
			if !seen {
				var err error
				if got, err = cases.get(c); err != nil {
					return fail(err)
				}
				results[c] = got
				t.tell(Event{Submission: t.submission.Name, Case: &got})
			}
			return outcome{verdict: got.Verdict, score: scoreOrZero(got.Score), reason: strings.TrimSuffix("on "+c.Name+": "+got.Reason, ": ")}
		},
		Skip:   cases.skip,
		Static: func(c *problem.StaticCase) outcome { return orFault(t.static(ctx, c)) },
		Grader: func(g *problem.Group, items []outcome) outcome { return orFault(t.grader(ctx, g, items)) },
	}
}

func scoreOrZero(s *float64) float64 {
	if s == nil {
		return 0
	}
	return *s
}
