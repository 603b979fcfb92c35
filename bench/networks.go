package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Networks is what a bridge costs a run.
type Networks struct {
	Speed []SpeedTable  `json:"speed"`
	More  time.Duration `json:"more_ns"` // of a run on a bridge than of one without, by medians, with idle gaps

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
	rows := n.Speed[1].Rows
	n.More = rows[1].Median - rows[0].Median
	n.AtOnce = 100
	var alone, bridged []time.Duration
	for range max(p.gradedRounds, 3) {
		for _, one := range []struct {
			r    *runner
			into *[]time.Duration
		}{{runners[0], &alone}, {runners[1], &bridged}} {
			took, err := atOnce(one.r, n.AtOnce)
			if err != nil {
				r.Failed = append(r.Failed, one.r.name+", many at once: "+err.Error())
				return n
			}
			*one.into = append(*one.into, took)
		}
	}
	n.Alone, n.Bridged = median(alone), median(bridged)
	n.MoreAtOnce = (n.Bridged - n.Alone) * time.Duration(min(runtime.NumCPU(), n.AtOnce)) / time.Duration(n.AtOnce)
	if n.More > 0 {
		n.RatioAtOnce = float64(n.MoreAtOnce) / float64(n.More)
	}
	fmt.Printf("  a bridge costs a run %s more; %d at once: %s without, %s with, %s more of a processor each, x %.2f\n",
		milliseconds(n.More), n.AtOnce, milliseconds(n.Alone), milliseconds(n.Bridged), milliseconds(n.MoreAtOnce), n.RatioAtOnce)
	return n
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
