package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"judge/farm"
)

// Farm is what grading on many machines costs, with the server, and all that it serves, on this one.
type Farm struct {
	Start []time.Duration `json:"start_ns"` // of judge serve, until it can be connected to; on a store that is new, each
	Again time.Duration   `json:"again_ns"` // on the store of all that was measured here

	// What the server can do: messages that it has on the disk before it answers.
	Publish        time.Duration `json:"publish_ns"`    // one at a time, median
	PublishAll     float64       `json:"publish_per_s"` // atOnce at a time, in one stream
	PublishBatches float64       `json:"batched_per_s"` // in batches, one sender
	QueueAll       float64       `json:"queue_per_s"`   // atOnce at a time, each put into a work queue, taken, and acknowledged
	Jobs           int           `json:"jobs"`          // of one case that takes no time
	Added          time.Duration `json:"added_ns"`      // by the queue to a job, nothing else being on its way: median
	Added95        time.Duration `json:"added_p95_ns"`  // 95th percentile
	Throughput     float64       `json:"jobs_per_s"`    // of submissions that the server has
	Fresh          float64       `json:"new_per_s"`     // of submissions that are sent, too
	ServerCPU      time.Duration `json:"server_cpu_ns"` // processor time of a job (of Throughput)
	OtherCPU       time.Duration `json:"other_cpu_ns"`  // of whoever sends and judges it
	Batches        []FarmBatch   `json:"batches"`       // two workers beside none
}

// farms measures the farm.
func (j judgeRun) farms(results *Results, p plan) *Farm {
	f := &Farm{}
	fmt.Println("\nmany machines, all of them this one:")
	if err := j.measureFarm(f, p); err != nil {
		results.Failed = append(results.Failed, "farm: "+err.Error())
	}
	return f
}

func (j judgeRun) measureFarm(f *Farm, p plan) error {
	dir := filepath.Join(j.kit.dir, "farm")
	for n := range p.serveStarts {
		s, err := j.serve(filepath.Join(dir, fmt.Sprint("store-", n)))
		if err == nil {
			f.Start = append(f.Start, s.took)
			err = s.stop()
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("  judge serve answers %s after it was started (median of %d; bound: 200 ms)\n", milliseconds(median(f.Start)), len(f.Start))
	s, err := j.serve(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	err = errors.Join(f.jobs(s, dir, p), j.farmBatches(f, s.url, dir, p), s.stop())
	if err != nil {
		return err
	}
	if s, err = j.serve(filepath.Join(dir, "store")); err != nil {
		return err
	}
	f.Again = s.took
	fmt.Printf("  judge serve, on the store of all this: %s\n", milliseconds(f.Again))
	return s.stop()
}

// A child is a judge that runs beside this program.
type child struct {
	cmd  *exec.Cmd
	url  string // of a server
	took time.Duration
}

// stop ends it, as a user does.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := c.cmd.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == 128+int(syscall.SIGTERM) {
		return nil
	}
	return fmt.Errorf("%s: %w", strings.Join(c.cmd.Args, " "), err)
}

// serve starts judge serve, and waits until it answers.
func (j judgeRun) serve(store string) (*child, error) {
	urlFile := store + ".url"
	if err := errors.Join(os.MkdirAll(filepath.Dir(store), 0o755), os.RemoveAll(urlFile)); err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(j.judge, "serve", "--listen", "127.0.0.1:0", "--store", store, "--url-file", urlFile)}
	began := time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 20*time.Second {
		if text, err := os.ReadFile(urlFile); err == nil {
			c.url = strings.TrimSpace(string(text))
			nc, err := farm.Access{URL: c.url, Name: "bench"}.Connect()
			if err != nil {
				return nil, errors.Join(err, c.stop())
			}
			nc.Close()
			c.took = time.Since(began)
			return c, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, errors.Join(errors.New("judge serve does not answer"), c.stop())
}

// worker starts judge worker with so many programs at once.
func (j judgeRun) worker(url, cache string, jobs int) (*child, error) {
	c := &child{cmd: exec.Command(j.judge, "worker", "--nats", url, "--quiet", "--jobs", fmt.Sprint(jobs), "--cache", cache)}
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// cpuTime is the processor time that a process has taken so far: unlike the time of day it says something on a busy
// machine, too. Source: MAKE_PROCESS_CPUCLOCK and CPUCLOCK_SCHED, include/linux/posix-timers.h.
func cpuTime(pid int) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(^int32(pid)<<3|2, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// opened connects to a farm; the function leaves it.
func opened(ctx context.Context, url string) (*farm.Farm, func(), error) {
	nc, err := farm.Access{URL: url, Name: "bench"}.Connect()
	if err != nil {
		return nil, nil, err
	}
	f, err := farm.Open(ctx, nc, farm.Settings{})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return f, nc.Close, nil
}
