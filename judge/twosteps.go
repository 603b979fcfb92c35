package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"judge/policy"
	"judge/sandbox"
)

// twoStepsFIFO is CMS's name for it (tasktypes/TwoSteps.py, evaluate).
const twoStepsFIFO = "/fifo/fifo"

// twoStepsPass runs both steps of a submission at once, the second on what the
// first tells it, and has checked what the second writes.
func (t *trial) twoStepsPass(ctx context.Context, h *hearing) (evidence, error) {
	steps, fifos, pump, err := t.steps(h)
	if err != nil {
		return evidence{}, err
	}
	in, err := os.Open(h.input)
	if err != nil {
		return evidence{}, errors.Join(fmt.Errorf("open an input: %w", err), pump.release(), pump.wait())
	}
	defer in.Close()
	steps[0].cmd.Stdin = in
	out, err := newOutput(h.output)
	if err != nil {
		return evidence{}, errors.Join(fmt.Errorf("make a file for the output: %w", err), pump.release(), pump.wait())
	}
	steps[1].cmd.Stdout = out.File
	var both sync.WaitGroup
	released := make([]error, len(steps))
	for i, p := range steps {
		both.Go(func() {
			p.run(ctx, t.engine)
			released[i] = fifos[i].Release()
		})
	}
	both.Wait()
	if err := errors.Join(steps[0].err, steps[1].err, errors.Join(released...), pump.wait(), out.close()); err != nil {
		return evidence{}, err
	}
	r := merged(steps, decisive(steps))
	return t.check(ctx, h, evidence{Report: &r, Limit: t.limit})
}

// steps prepares both, each with a FIFO of its own; judge hands on from the one to the
// other, so that nothing else passes.
func (t *trial) steps(h *hearing) (steps []*party, fifos [2]*sandbox.FIFO, _ *pump, err error) {
	for i := range fifos {
		if fifos[i], err = sandbox.MakeFIFO(filepath.Join(h.dir, "fifo"+strconv.Itoa(i))); err != nil {
			return nil, fifos, nil, err
		}
		p := t.process(h.c, len(fifos))
		p.cmd.Args = append(p.cmd.Args, strconv.Itoa(i), twoStepsFIFO)
		p.policy.Filesystem.Bind = append(append([]policy.Bind(nil), p.policy.Filesystem.Bind...), fifos[i].Bind(twoStepsFIFO))
		steps = append(steps, p)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fifos, nil, fmt.Errorf("pipe between both steps: %w", err)
	}
	pump := &pump{}
	pump.add(fifos[0], func() error { return fifos[0].Drain(w, func([]byte) {}) })
	pump.add(fifos[1], func() error { return fifos[1].Fill(r) })
	return steps, fifos, pump, nil
}
