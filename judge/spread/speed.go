package spread

import (
	"context"
	"errors"
	"slices"
	"time"

	"judge/sandbox"
)

// Speed is the processor time that the program "cpu" takes on a core of its own: the median of so many runs. self and args
// are as for [Measure]. Others may run meanwhile, on other cores.
func Speed(ctx context.Context, self string, args []string, runs int) (_ time.Duration, err error) {
	b, err := newBench(self)
	if err != nil {
		return 0, err
	}
	admission, err := sandbox.NewAdmission()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, admission.Close()) }()
	release, err := admission.Admit(ctx, sandbox.Request{Memory: min(memory, admission.Most())})
	if err != nil {
		return 0, err
	}
	defer release()
	var times []time.Duration
	for range max(runs, 1) {
		r, err := b.run(ctx, slices.Concat([]string{self}, args, []string{"cpu"}))
		if err != nil {
			return 0, err
		}
		times = append(times, time.Duration(r.CPUTime))
	}
	return figuresOf(times).Median, nil
}
