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
}

// run starts the party and waits for its end.
func (p *party) run(ctx context.Context, e *Engine) {
	p.report, p.err = e.run(ctx, p.tool, p.cmd, p.policy)
	p.end = time.Now().Add(-time.Duration(p.report.Teardown)) // not from the beginning: it may have waited for a core
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
	if t.problem.Interactor.FIFOs {
		sub.cmd.Args = append(sub.cmd.Args, "/dev/stdin", "/dev/stdout")
	}
	talk := newTalk()
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
	t.meet(ctx, sub, inter, answered, func() bool { return fail != nil || checked.Verdict != problem.AC })
	if err := errors.Join(sub.err, fail); err != nil {
		return evidence{}, err
	}
	if sub.report.Status == sandbox.StatusCancelled { // since the interactor said no
		talk.settle(inter.end.Add(exitPatience), inter.end)
	} else {
		talk.settle(sub.end, inter.end)
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

// meet runs both. When the interactor has said no, the submission is not waited for.
func (t *trial) meet(ctx context.Context, sub, inter *party, answered func(), rejected func() bool) {
	subCtx, stop := context.WithCancel(ctx)
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		inter.run(ctx, t.engine)
		answered()
		if rejected() {
			stop()
		}
	})
	both.Go(func() { sub.run(subCtx, t.engine) })
	both.Wait()
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
	sub.cmd.Observe = func(b []byte) { talk.say(partySubmission, b) }
	inter.cmd.Observe = func(b []byte) { talk.say(partyInteractor, b) }
	return nil
}

// interactor prepares the package's program: arguments, files, limits.
func (t *trial) interactor(h *hearing, p *party, said *limited, dir string) error {
	p.policy = t.engine.checkerPolicy(t.problem.Limits)
	p.policy.Limits.CPUSet = "" // the submission has the core; the two take turns
	// It waits as long as the submission may take, and then some.
	p.policy.Limits.IdleTime = wallOf(t.kill) + checkerIdle
	p.policy.Limits.WallTime = wallOf(t.kill) + wallOf(t.problem.Limits.ValidationTime)
	p.cmd.Stderr = said
	names, err := shown(&p.cmd, &p.policy, show{"input", h.input}, show{"answer", h.c.Answer})
	if err != nil {
		return err
	}
	switch it := t.problem.Interactor; it.Kind {
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
	case problem.InteractCMS:
		if it.Processes > 1 {
			return fmt.Errorf("communication with %d processes is not in this judge yet", it.Processes)
		}
		p.tool = withManager(p.tool, names[0])
		p.cmd.Collect, p.cmd.CollectDir = []sandbox.Collect{{Name: "outcome"}}, dir
	default:
		return fmt.Errorf("an interactor of the kind %q is unknown", it.Kind)
	}
	return nil
}

// withManager starts a manager of CMS with its FIFOs, which are the streams that
// join it with the submission; its own are the input and the outcome. Most managers open
// input.txt, which CMS puts into their folder (its tasktypes/Communication.py, evaluate).
func withManager(t *tool, input string) *tool {
	m := *t
	m.start = func(memory policy.Bytes) []string {
		return append([]string{"sh", "-c", `exec 3<&0 4>&1; input=$1; shift; ln -s "$input" /box/input.txt || exit; exec "$@" /dev/fd/3 /dev/fd/4 <"$input" >/box/outcome`, "manager", input},
			t.start(memory)...)
	}
	return &m
}

// verdictOfInteractor reads what the interactor said.
func (t *trial) verdictOfInteractor(ctx context.Context, h *hearing, r sandbox.Report, dir string, stderr []byte) (*Checked, error) {
	kind := map[problem.InteractorKind]problem.CheckerKind{
		problem.InteractKattis: problem.CheckKattis, problem.InteractTestlib: problem.CheckTestlib, problem.InteractCMS: problem.CheckCMS,
	}[t.problem.Interactor.Kind]
	ch := &problem.Checker{Kind: kind, Program: t.problem.Interactor.Program}
	var outcome []byte
	if kind == problem.CheckCMS {
		var err error
		if outcome, err = os.ReadFile(filepath.Join(dir, "outcome")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("read the manager's outcome: %w", err)
		}
	}
	return t.answer(ctx, h, ch, r, dir, outcome, stderr)
}

// exists makes an empty file where there is none.
func exists(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return fmt.Errorf("make an empty output: %w", err)
	}
	return f.Close()
}
