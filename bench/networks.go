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
	fmt.Println("  a bridge costs a run " + n.text())
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
	var took [2][]time.Duration
	for range max(p.gradedRounds, 3) {
		for i, one := range runners {
			t, err := atOnce(one, c.AtOnce)
			if err != nil {
				return fmt.Errorf("%s, many at once: %w", one.name, err)
			}
			took[i] = append(took[i], t)
		}
	}
	c.Alone, c.Bridged = median(took[0]), median(took[1])
	c.MoreAtOnce = (c.Bridged - c.Alone) * time.Duration(min(runtime.NumCPU(), c.AtOnce)) / time.Duration(c.AtOnce)
	if c.More > 0 {
		c.RatioAtOnce = float64(c.MoreAtOnce) / float64(c.More)
	}
	return nil
}

func (c *NetworkCost) text() string {
	return fmt.Sprintf("%s more; %d at once: %s without, %s with, %s more of a processor each, x %.2f",
		milliseconds(c.More), c.AtOnce, milliseconds(c.Alone), milliseconds(c.Bridged), milliseconds(c.MoreAtOnce), c.RatioAtOnce)
}

// atOnce starts so many, and waits for the last.
func atOnce(r *runner, many int) (time.Duration, error) {
	errs := make([]error, many)
	var took time.Duration
	r.lane.do(func() {
		start := time.Now()
		var all sync.WaitGroup
		for i := range many {
			pid, err := started(r.argv) // by this thread, which is in the namespace
			if err != nil {
				errs[i] = err
				continue
			}
			all.Go(func() { errs[i] = ended(pid) })
		}
		all.Wait()
		took = time.Since(start)
	})
	return took, errors.Join(errs...)
}
