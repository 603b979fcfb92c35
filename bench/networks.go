package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Networks is what a bridge costs a run.
type Networks struct {
	Speed []SpeedTable `json:"speed"`
	NetworkCost
	Floor *NetworkCost `json:"floor"` // of the kernel's own part: a process with an interface on a bridge, and one without
}

// A NetworkCost is what a network costs one, and each of many at once.
type NetworkCost struct {
	More time.Duration `json:"more_ns"` // of one with a network than of one without, by medians, with idle gaps

	AtOnce      int           `json:"at_once"`
	Alone       time.Duration `json:"alone_ns"`        // of all of them at once, without a network: until the last has ended
	Bridged     time.Duration `json:"bridged_ns"`      // with
	MoreAtOnce  time.Duration `json:"more_at_once_ns"` // of each: the difference, shared out over the processors
	RatioAtOnce float64       `json:"ratio_at_once"`   // of that to More

	// The same of processor time, of all processes of a run, kernel threads apart: one alone may
	// be at work on several processors, which hides a part of it from More.
	CPUMore       time.Duration `json:"cpu_more_ns"`
	CPUMoreAtOnce time.Duration `json:"cpu_more_at_once_ns"`
	CPURatio      float64       `json:"cpu_ratio"`
}

// networkLane is in a network namespace of its own: the machine's stays as it is.
func networkLane() *lane {
	return newLane(func() error { return unix.Unshare(unix.CLONE_NEWNET) })
}

// networks measures judge on a bridge and without, turn by turn, and many of each at once.
func (j judgeRun) networks(r *Results, p plan) *Networks {
	l := networkLane()
	defer close(l.jobs)
	run := func(net string) *runner {
		return &runner{name: "judge --net " + net, argv: []string{j.judge, "run", "--policy", "default", "--net", net, j.kit.payload("exit")},
			isolates: "default, over the host's view", lane: l}
	}
	runners := []*runner{run("none"), run("bridge")}
	failed := probe(runners)
	r.Failed = append(r.Failed, failed...)
	if len(failed) > 0 {
		return nil
	}
	fmt.Println("\nnetworks: (x floor is here: x the run without)")
	n := &Networks{Speed: []SpeedTable{
		speed("back-to-back", runners, p.backToBack, 0), speed("50 ms idle before each run", runners, p.withGaps, idleGap)}}
	err := n.cost(runners, n.Speed[1], p)
	if err != nil {
		r.Failed = append(r.Failed, err.Error())
		return n
	}
	fmt.Println("  a bridge, which a run alone has to make, costs it " + n.text())
	if n.Floor, err = j.networkFloor(l, p); err != nil {
		r.Failed = append(r.Failed, err.Error())
		return n
	}
	fmt.Println("  the kernel's own part of it costs a process " + n.Floor.text())
	return n
}

// networkFloor measures a process of which the kernel alone does what it must.
func (j judgeRun) networkFloor(l *lane, p plan) (*NetworkCost, error) {
	program := filepath.Join(j.kit.dir, "net")
	if err := compile("bench/floor/net.c", program, []string{"-O2", "-static", "-s", "-Wall", "-Wextra"}); err != nil {
		return nil, err
	}
	var err error
	l.do(func() { err = try([]string{program, "bridge"}) })
	if err != nil {
		return nil, err
	}
	run := func(what string) *runner {
		return &runner{name: "the kernel, " + what, argv: []string{program, what}, isolates: "a network namespace", lane: l}
	}
	runners := []*runner{run("none"), run("veth")}
	if failed := probe(runners); len(failed) > 0 {
		return nil, errors.New(strings.Join(failed, "; "))
	}
	c := &NetworkCost{}
	return c, c.cost(runners, speed("the kernel's own part, 50 ms idle before each", runners, p.withGaps, idleGap), p)
}

// cost measures two runners, without a network and with; gaps is the table of them one by one.
func (c *NetworkCost) cost(runners []*runner, gaps SpeedTable, p plan) error {
	c.More = gaps.Rows[1].Median - gaps.Rows[0].Median
	c.AtOnce = 100
	_, alone, err := turns(runners, p.backToBack, 1)
	if err != nil {
		return err
	}
	took, used, err := turns(runners, max(p.gradedRounds, 3), c.AtOnce)
	if err != nil {
		return err
	}
	c.CPUMore = median(alone[1]) - median(alone[0])
	c.CPUMoreAtOnce = (median(used[1]) - median(used[0])) / time.Duration(c.AtOnce)
	c.Alone, c.Bridged = median(took[0]), median(took[1])
	c.MoreAtOnce = (c.Bridged - c.Alone) * time.Duration(min(runtime.NumCPU(), c.AtOnce)) / time.Duration(c.AtOnce)
	if c.More > 0 {
		c.RatioAtOnce = float64(c.MoreAtOnce) / float64(c.More)
	}
	if c.CPUMore > 0 {
		c.CPURatio = float64(c.CPUMoreAtOnce) / float64(c.CPUMore)
	}
	return nil
}

// turns starts so many of each at once, again and again.
func turns(runners []*runner, rounds, many int) (took, used [2][]time.Duration, err error) {
	for range rounds {
		for i, one := range runners {
			t, u, err := atOnce(one, many)
			if err != nil {
				return took, used, fmt.Errorf("%s, %d at once: %w", one.name, many, err)
			}
			took[i], used[i] = append(took[i], t), append(used[i], u)
		}
	}
	return took, used, nil
}

func (c *NetworkCost) text() string {
	return fmt.Sprintf("%s more; %d at once: %s without, %s with, %s more of a processor each, x %.2f\n"+
		"    processor time, kernel threads apart: one by one %s more, at once %s more each, x %.2f",
		milliseconds(c.More), c.AtOnce, milliseconds(c.Alone), milliseconds(c.Bridged), milliseconds(c.MoreAtOnce), c.RatioAtOnce,
		milliseconds(c.CPUMore), milliseconds(c.CPUMoreAtOnce), c.CPURatio)
}

// atOnce starts so many, and waits for the last. used is the processor time of all.
func atOnce(r *runner, many int) (took, used time.Duration, err error) {
	errs, each := make([]error, many), make([]time.Duration, many)
	r.lane.do(func() {
		start := time.Now()
		var all sync.WaitGroup
		for i := range many {
			pid, err := started(r.argv) // by this thread, which is in the namespace
			if err != nil {
				errs[i] = err
				continue
			}
			all.Go(func() { each[i], errs[i] = ended(pid) })
		}
		all.Wait()
		took = time.Since(start)
	})
	for _, one := range each {
		used += one
	}
	return took, used, errors.Join(errs...)
}
