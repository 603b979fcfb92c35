package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// A party is one end of an interaction, on its way.
type party struct {
	cmd    sandbox.Command
	policy policy.Policy
	tool   *tool

	report sandbox.Report
	err    error
	end    time.Time // of its first process
	ended  chan struct{}
}

// run starts the party and waits for its end.
func (p *party) run(ctx context.Context, e *Engine) {
	p.report, p.err = e.run(ctx, p.tool, p.cmd, p.policy)
	if p.end = p.report.Ended; p.end.IsZero() {
		p.end = time.Now()
	}
	p.leave()
	if p.ended != nil {
		close(p.ended)
	}
}

// leave closes the ends of pipes that are the party's.
func (p *party) leave() {
	for _, end := range []any{p.cmd.Stdin, p.cmd.Stdout} {
		if f, is := end.(*os.File); is && p.cmd.Joined {
			f.Close() // an error says that the sandbox had it
		}
	}
}

// interactivePass runs a submission and the package's interactor with their streams
// crossed. Each stream ends as soon as its writer, or its reader, is done with it,
// and neither is killed for writing when nobody reads; whoever waits for what does
// not come is ended as idle. So no two of them wait for ever, whatever they do.
func (t *trial) interactivePass(ctx context.Context, h *hearing) (evidence, error) {
	sub, inter := &party{tool: t.tool}, &party{tool: t.tools[t.problem.Interactor.Program]}
	sub.cmd, sub.policy = t.command(h.c)
	dir := filepath.Join(h.dir, "checker-0") // as the only checker's: see passes
	said := &limited{}
	if err := t.interactor(h, inter, said, dir); err != nil {
		return evidence{}, err
	}
	talk := newTalk(1)
	if err := join(sub, inter, talk); err != nil {
		return evidence{}, err
	}
	var checked *Checked
	var fail error
	answered := func() { // the interactor has ended
		if fail = inter.err; fail == nil {
			checked, fail = t.verdictOfInteractor(ctx, h, inter.report, dir, said.Bytes())
		}
	}
	t.meet(ctx, []*party{sub}, inter, answered, func() bool { return fail != nil || checked.rejects() })
	if err := errors.Join(sub.err, fail); err != nil {
		return evidence{}, err
	}
	if sub.report.Status == sandbox.StatusCancelled { // since the interactor said no
		talk.settle(0, inter.end.Add(exitPatience), inter.end)
	} else {
		talk.settle(0, sub.end, inter.end)
	}
	e := evidence{Report: &sub.report, Limit: t.limit, Written: t.written(), Checked: checked, RejectedFirst: talk.first == partyInteractor, Talk: talk}
	if checked.Verdict != problem.AC || t.problem.Interactor.Kind != problem.InteractTestlib {
		return e, nil
	}
	if v, _ := verdictOfRun(&sub.report, t.limit); v != problem.AC {
		return e, nil // the run has decided
	}
	if err := exists(h.output); err != nil { // an interactor need not write anything
		return e, err
	}
	var err error
	e.Checked, err = t.checked(ctx, h) // what the interactor wrote
	return e, err
}

// meet runs all. When the interactor has said no, the submission is not waited for.
func (t *trial) meet(ctx context.Context, subs []*party, inter *party, answered func(), rejected func() bool) {
	subCtx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() {
		inter.run(ctx, t.engine)
		answered()
		if rejected() {
			stop()
		}
	})
	for _, sub := range subs {
		all.Go(func() { sub.run(subCtx, t.engine) })
	}
	all.Wait()
}

// join crosses the streams of two parties.
func join(sub, inter *party, talk *talk) error {
	r1, w1, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe from the submission: %w", err)
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("pipe to the submission: %w", err), r1.Close(), w1.Close())
	}
	sub.cmd.Stdin, sub.cmd.Stdout, sub.cmd.Joined = r2, w1, true
	inter.cmd.Stdin, inter.cmd.Stdout, inter.cmd.Joined = r1, w2, true
	sub.cmd.Observe = func(b []byte) { talk.say(stream{from: partySubmission}, b) }
	inter.cmd.Observe = func(b []byte) { talk.say(stream{from: partyInteractor}, b) }
	return nil
}

// interactor prepares the package's program: arguments, files, limits.
func (t *trial) interactor(h *hearing, p *party, said *limited, dir string) error {
	p.policy = t.besides()
	p.policy.Limits.CPUSet = "" // the submission has the core; the two take turns
	t.patient(p, 1)
	p.cmd.Stderr = said
	names, err := shown(&p.cmd, &p.policy, show{name: "input", path: h.input}, show{name: "answer", path: h.c.Answer})
	if err != nil {
		return err
	}
	switch t.problem.Interactor.Kind {
	case problem.InteractKattis:
		p.cmd.Args = append(names, feedbackDir)
		if p.tool, err = t.withFeedback(h, p.tool, &p.cmd, dir); err != nil {
			return err
		}
		if len(h.c.Checks) > 0 {
			p.cmd.Args = append(p.cmd.Args, h.c.Checks[0].Args...)
		}
	case problem.InteractTestlib:
		p.cmd.Args = []string{names[0], "/box/output", names[1]}
		p.cmd.Collect, p.cmd.CollectDir = []sandbox.Collect{{Name: "output", Dest: filepath.Base(h.output)}}, filepath.Dir(h.output)
	default:
		return fmt.Errorf("an interactor of the kind %q is unknown", t.problem.Interactor.Kind)
	}
	return nil
}

// patient has an interactor wait as long as the processes of a submission may take
// one after the other, and then some.
func (t *trial) patient(p *party, processes int) {
	all := time.Duration(processes) * wallOf(t.kill)
	p.policy.Limits.IdleTime = all + checkerIdle
	p.policy.Limits.WallTime = all + wallOf(t.problem.Limits.ValidationTime)
}

// verdictOfInteractor reads what the interactor said.
func (t *trial) verdictOfInteractor(ctx context.Context, h *hearing, r sandbox.Report, dir string, stderr []byte) (*Checked, error) {
	kind := problem.CheckTestlib
	if t.problem.Interactor.Kind == problem.InteractKattis {
		kind = problem.CheckKattis
	}
	return t.answer(ctx, h, &problem.Checker{Kind: kind, Program: t.problem.Interactor.Program}, r, dir, nil, stderr)
}

// exists makes an empty file where there is none.
func exists(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return fmt.Errorf("make an empty output: %w", err)
	}
	return f.Close()
}
