package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"judge/policy"
	"judge/sandbox"
)

// A HeapRun is a run of the smallest program in a process that lives on, with a heap of
// some size, every page of it written: a fork would copy its page tables.
type HeapRun struct {
	Heap   int64         `json:"heap_bytes"`
	Runs   int           `json:"runs"`
	Median time.Duration `json:"median_ns"`
	P95    time.Duration `json:"p95_ns"`
}

// heaps makes runs with heaps of these sizes, from the smallest on.
func (j judgeRun) heaps(sizes []int64, runs int) ([]HeapRun, error) {
	p, err := policy.Load("strict")
	if err != nil {
		return nil, err
	}
	p.Filesystem.Rootfs = j.kit.rootfs
	var list []HeapRun
	for _, size := range sizes {
		heap := make([]byte, size)
		for i := 0; i < len(heap); i += 4096 {
			heap[i] = 1
		}
		var times []time.Duration
		for n := range runs + warmUp {
			start := time.Now()
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/exit"}, Inside: true}, p)
			took := time.Since(start)
			if err != nil {
				return nil, err
			}
			if r.Status != sandbox.StatusOK {
				return nil, fmt.Errorf("a run with a heap of %d MiB: %s", size>>20, r.Reason)
			}
			if n >= warmUp {
				times = append(times, took)
			}
		}
		runtime.KeepAlive(heap)
		h := HeapRun{Heap: size, Runs: runs, Median: median(times), P95: percentile(times, 95)}
		fmt.Printf("a run in a process with a heap of %d MiB: %s median, %s p95\n", size>>20, milliseconds(h.Median), milliseconds(h.P95))
		list = append(list, h)
	}
	return list, nil
}
