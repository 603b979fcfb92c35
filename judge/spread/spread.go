// Package spread finds out by how much times differ on this host though nothing about
// the program does: it runs two reference programs many times, alone on the machine and
// on all cores at once. What differs by less than that between two submissions, or two
// gradings, means nothing.
package spread

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"judge/judge"
	"judge/policy"
	"judge/sandbox"
)

// Version of the form of a [Result]. Fields may be added without a new one.
const Version = 1

// A Result is what was found of a host.
type Result struct {
	Version int      `json:"version"`
	Kernel  string   `json:"kernel"`
	Arch    string   `json:"arch"`
	Cores   int      `json:"cores"` // physical ones, that judge may use
	Rows    []Row    `json:"rows"`
	Noise   float64  `json:"noise_percent"` // differences below it mean nothing here
	Advice  []Advice `json:"advice"`        // never nil
}

// A Row is one program, with so many cores busy.
type Row struct {
	Program string `json:"program"`
	Busy    int    `json:"busy_cores"`
	Figures
	Confidence map[judge.Confidence]int `json:"confidence"` // how many runs had it
}

// Advice is what makes times differ here, and what mends it.
type Advice struct {
	Name        string `json:"name"`
	Found       string `json:"found"`
	Consequence string `json:"consequence"`
	Mend        string `json:"mend"` // "" if nothing does
}

// memory is what a run may have: the larger program takes a quarter of it.
const memory = policy.Bytes(256 << 20)

// A bench runs the reference programs.
type bench struct {
	self  string // a program that calls Work with its last argument
	base  policy.Policy
	meter *sandbox.Meter
}

// Measure runs each program so many times, alone and on all cores. self is a file that
// calls [Work] when it is started with these arguments and a program's name. No grader
// of this host runs anything meanwhile.
func Measure(ctx context.Context, self string, args []string, runs int) (*Result, error) {
	b, err := newBench(self)
	if err != nil {
		return nil, err
	}
	cores := sandbox.PhysicalCores()
	admission, err := sandbox.NewAdmission()
	if err != nil {
		return nil, err
	}
	release, err := admission.Admit(ctx, sandbox.Request{Memory: min(memory*policy.Bytes(cores), admission.Most()), Alone: true})
	if err != nil {
		return nil, errors.Join(err, admission.Close())
	}
	r := &Result{Version: Version, Cores: cores, Rows: []Row{}, Advice: []Advice{}}
	err = b.rows(ctx, r, args, runs)
	release()
	r.Noise = noiseOf(r.Rows)
	return r, errors.Join(err, admission.Close())
}

func newBench(self string) (*bench, error) {
	b := &bench{self: self}
	var err error
	if b.base, err = policy.Load("default"); err != nil {
		return nil, err
	}
	l := &b.base.Limits
	l.CPUSet, l.Memory, l.CPUTime, l.WallTime = "auto", memory, time.Minute, time.Hour
	b.meter, err = sandbox.NewMeter()
	return b, err
}

func (b *bench) rows(ctx context.Context, r *Result, args []string, runs int) error {
	for _, program := range Programs() {
		argv := append(append([]string{b.self}, args...), program)
		first, err := b.run(ctx, argv) // with cold caches: no other run is like it
		if err != nil {
			return err
		}
		r.Kernel, r.Arch = first.Host.Kernel, first.Host.Arch
		for _, busy := range []int{1, r.Cores} {
			if busy == 1 && len(r.Rows) > 0 && r.Rows[len(r.Rows)-1].Program == program {
				continue // the host has one core
			}
			row, err := b.row(ctx, argv, program, busy, runs)
			if err != nil {
				return err
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return nil
}

// row runs a program on so many cores at once, each one after the other.
func (b *bench) row(ctx context.Context, argv []string, program string, busy, runs int) (Row, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	var mu sync.Mutex
	var times []time.Duration
	row := Row{Program: program, Busy: busy, Confidence: map[judge.Confidence]int{}}
	for range busy {
		all.Go(func() {
			for range (runs + busy - 1) / busy {
				r, err := b.run(ctx, argv)
				if err != nil {
					stop(err)
					return
				}
				confidence, _ := judge.ConfidenceIn(&r)
				mu.Lock()
				times = append(times, time.Duration(r.CPUTime))
				row.Confidence[confidence]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return row, context.Cause(ctx)
	}
	row.Figures = figuresOf(times)
	return row, nil
}

func (b *bench) run(ctx context.Context, argv []string) (sandbox.Report, error) {
	r, err := sandbox.Run(ctx, sandbox.Command{Args: argv, Meter: b.meter}, b.base)
	switch {
	case ctx.Err() != nil:
		return r, context.Cause(ctx)
	case err != nil:
		return r, fmt.Errorf("run the reference program %s: %w", argv[len(argv)-1], err)
	case r.Status != sandbox.StatusOK:
		return r, fmt.Errorf("run the reference program %s: %s: %s", argv[len(argv)-1], r.Status, r.Reason)
	}
	return r, nil
}
