package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"judge/judge/problem"
	"judge/sandbox"
)

// communicationPass runs the processes of a submission and CMS's manager, which has
// two FIFOs for each of them. It is CMS's tasktypes/Communication.py, evaluate: the
// processes' times are summed, and what they did counts before what the manager says
// of it.
//
// Where a process has standard streams judge hands on what they write: so it sees
// that, and the one may close, die or open its FIFOs in whatever order, and the others only
// see the end of a stream. What a process did since the manager said no does not count.
//
// Where both have the FIFOs themselves, either may be the one that writes: stubs and
// managers of before CMS 1.4 open them the other way round. So they share them, and judge
// sees nothing of it, nor who ended first; it stands in for who has ended.
func (t *trial) communicationPass(ctx context.Context, h *hearing) (evidence, error) {
	talk, pump := newTalk(t.problem.Interactor.Processes), &pump{}
	said, outcome := &limited{}, &limited{}
	manager := &party{tool: t.tools[t.problem.Interactor.Program], ended: make(chan struct{})}
	in, err := t.manager(h, manager, said, outcome)
	if err != nil {
		return evidence{}, err
	}
	defer in.Close()
	subs, err := t.wired(h, manager, pump, talk)
	if err != nil {
		return evidence{}, errors.Join(err, pump.release(), pump.wait())
	}
	var checked *Checked
	var fail error
	answered := func() { // the manager has ended
		if fail = errors.Join(manager.err, pump.release()); fail == nil {
			ch := &problem.Checker{Kind: problem.CheckCMS, Program: t.problem.Interactor.Program}
			checked, fail = t.answer(ctx, h, ch, manager.report, "", outcome.Bytes(), said.Bytes())
		}
	}
	shared := t.problem.Interactor.FIFOs
	t.meet(ctx, subs, manager, answered, func() bool { return fail != nil || checked.rejects() && !shared })
	errs := []error{fail, pump.wait()}
	for _, p := range subs {
		errs = append(errs, p.err)
	}
	if err := errors.Join(errs...); err != nil {
		return evidence{}, err
	}
	at := decisive(subs)
	r := merged(subs, at)
	e := evidence{Report: &r, Limit: t.limit, Checked: checked}
	if shared {
		return e, nil
	}
	end := subs[at].end
	if subs[at].report.Status == sandbox.StatusCancelled { // since the manager said no
		end = manager.end.Add(exitPatience)
	}
	talk.settle(at, end, manager.end)
	e.RejectedFirst, e.Talk = talk.first == partyInteractor, talk
	return e, nil
}

// wired prepares the processes of a submission, each joined with the manager by two
// FIFOs with CMS's names.
func (t *trial) wired(h *hearing, manager *party, pump *pump, talk *talk) (subs []*party, err error) {
	it := t.problem.Interactor
	var fifos [][2]*sandbox.FIFO
	for i := range it.Processes {
		p := t.process(h.c, it.Processes)
		p.ended = make(chan struct{})
		var pair [2]*sandbox.FIFO
		for k, name := range []string{fmt.Sprintf("u%d_to_m", i), fmt.Sprintf("m_to_u%d", i)} {
			if pair[k], err = sandbox.MakeFIFO(filepath.Join(h.dir, name)); err != nil {
				return nil, err
			}
			bind := pair[k].Bind(fmt.Sprintf("/fifo%d/%s", i, name))
			manager.cmd.Args = append(manager.cmd.Args, bind.Target)
			manager.policy.Filesystem.Bind = append(manager.policy.Filesystem.Bind, bind)
			if it.FIFOs {
				p.cmd.Args = slices.Insert(p.cmd.Args, len(h.c.Args), bind.Target) // the second one first
				p.policy.Filesystem.Bind = append(slices.Clip(p.policy.Filesystem.Bind), bind)
			}
		}
		if it.Processes > 1 {
			p.cmd.Args = append(p.cmd.Args, strconv.Itoa(i))
		}
		subs, fifos = append(subs, p), append(fifos, pair)
	}
	for i, p := range subs { // nothing is started before all is there
		if it.FIFOs {
			share(pump, p, manager, fifos[i])
		} else if err = wire(pump, p, fifos[i], i, talk); err != nil {
			for _, p := range subs {
				p.leave()
			}
			return nil, err
		}
	}
	return subs, nil
}

// share has judge stand in, at both FIFOs, for the first of two to end.
func share(pump *pump, sub, manager *party, fifos [2]*sandbox.FIFO) {
	for _, f := range fifos {
		pump.start(func() error {
			select {
			case <-sub.ended:
				return f.StandIn(manager.ended)
			case <-manager.ended:
				return f.StandIn(sub.ended)
			}
		})
	}
}

// manager prepares CMS's manager, but for its FIFOs. It may read the input from
// standard input, or from input.txt in its folder. The file is its standard input.
func (t *trial) manager(h *hearing, p *party, said, outcome *limited) (*os.File, error) {
	p.policy = t.besides()
	p.policy.Limits.CPUSet = "" // the submission has the core; they take turns
	t.patient(p, t.problem.Interactor.Processes)
	p.cmd.Stdout, p.cmd.Stderr = outcome, said
	if _, err := shown(&p.cmd, &p.policy, show{name: "input", path: h.input, at: "input.txt"}); err != nil {
		return nil, err
	}
	in, err := os.Open(h.input)
	if err != nil {
		return nil, fmt.Errorf("open an input: %w", err)
	}
	p.cmd.Stdin = in
	return in, nil
}

// wire joins the standard streams of a process with the manager's FIFOs.
func wire(pump *pump, sub *party, fifos [2]*sandbox.FIFO, i int, talk *talk) error {
	r1, w1, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe from the submission: %w", err)
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("pipe to the submission: %w", err), r1.Close(), w1.Close())
	}
	sub.cmd.Stdin, sub.cmd.Stdout, sub.cmd.Joined = r2, w1, true
	sub.cmd.Observe = func(b []byte) { talk.say(stream{partySubmission, i}, b) }
	pump.add(fifos[0], func() error { return fifos[0].Fill(r1) })
	pump.add(fifos[1], func() error {
		return fifos[1].Drain(w2, func(b []byte) { talk.say(stream{partyInteractor, i}, b) })
	})
	return nil
}
