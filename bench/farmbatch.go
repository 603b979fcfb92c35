package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A FarmBatch is a batch through two workers of one program at a time, beside the same on this
// machine alone with two at a time: whole processes of judge grade.
type FarmBatch struct {
	Program     time.Duration `json:"program_ns"` // what a case takes
	Submissions int           `json:"submissions"`
	Cases       int           `json:"cases"` // of each
	Here        time.Duration `json:"here_ns"`
	Far         time.Duration `json:"far_ns"` // medians
	Ratio       float64       `json:"ratio"`  // of Here to Far, median over rounds
}

// farmBatches measures batches of short and of longer programs.
func (j judgeRun) farmBatches(f *Farm, url, dir string, p plan) error {
	defer keepCores()()
	var workers []*child
	var err error
	for n := range 2 {
		var w *child
		if w, err = j.worker(url, filepath.Join(dir, fmt.Sprint("cache-", n)), 1); err != nil {
			break
		}
		workers = append(workers, w)
	}
	for _, b := range []FarmBatch{{Program: time.Millisecond, Submissions: p.farmRuns / 20, Cases: 20}, {Program: 20 * time.Millisecond, Submissions: p.farmRuns / 40, Cases: 10}} {
		if err == nil {
			err = j.farmBatch(&b, url, filepath.Join(dir, b.Program.String()), p.gradedRounds)
		}
		if err == nil {
			f.Batches = append(f.Batches, b)
		}
	}
	for _, w := range workers {
		err = errors.Join(err, w.stop())
	}
	return err
}

func (j judgeRun) farmBatch(b *FarmBatch, url, dir string, rounds int) error {
	if err := j.writeBatch(dir, b.Submissions, b.Cases); err != nil {
		return err
	}
	// Longer: the same program, by another figure. Each submission has a text of its own, as from many authors.
	source, err := os.ReadFile(filepath.Join(dir, "milli.c"))
	if err != nil {
		return err
	}
	figure := []byte("1000000)")
	if !bytes.Contains(source, figure) {
		return errors.New("the payload milli.c has another figure than its millisecond")
	}
	source = bytes.Replace(source, figure, fmt.Appendf(nil, "%d)", b.Program.Nanoseconds()), 1)
	for i := range b.Submissions {
		name := filepath.Join(dir, fmt.Sprintf("s/%05d.c", i))
		if err := errors.Join(os.Remove(name), os.WriteFile(name, fmt.Appendf(source, "/* %d */\n", i), 0o644)); err != nil {
			return err
		}
	}
	far := append(j.command(dir), "--nats", url)
	here := j.command(dir)
	for i, arg := range far {
		if arg == "--jobs" { // the workers' own
			far = append(far[:i:i], far[i+2:]...)
			break
		}
	}
	var heres, fars []time.Duration
	var ratios []float64
	for round := range rounds + 1 {
		a, err := graded(here, dir)
		if err != nil {
			return err
		}
		z, err := graded(far, dir)
		if err != nil {
			return err
		}
		if round > 0 { // the first compiles
			heres, fars, ratios = append(heres, a), append(fars, z), append(ratios, a.Seconds()/z.Seconds())
		}
	}
	b.Here, b.Far, b.Ratio = median(heres), median(fars), median(ratios)
	fmt.Printf("  %d submissions of %d cases of %v: judge grade --jobs 2 takes %.2f s, two workers of one job take %.2f s: %.0f %% (bound: 90 %%)\n",
		b.Submissions, b.Cases, b.Program, b.Here.Seconds(), b.Far.Seconds(), 100*b.Ratio)
	return nil
}

// graded is how long a judge grade takes.
func graded(argv []string, dir string) (time.Duration, error) {
	out, err := os.Create(filepath.Join(dir, "results"))
	if err != nil {
		return 0, err
	}
	defer out.Close()
	took, status, err := timed(argv, out, nil)
	if err == nil && status != 0 {
		err = fmt.Errorf("%q: wait status %#x", argv, int(status))
	}
	return took, err
}
