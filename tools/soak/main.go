// Command soak runs judge many times, two runs at once, each with a status that
// it must report, some killed in the middle; then it looks for anything left on
// the host: processes, mounts, cgroups, files.
//
//	soak [-judge bin/judge] [-kill PERCENT] [RUNS]
//
// It is a child subreaper, so that a process which loses its judge becomes its
// own child and is found. Other runs of judge on the host do no harm.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const atOnce = 2

func main() {
	judge := flag.String("judge", "bin/judge", "the binary under test")
	kill := flag.Int("kill", 2, "`PERCENT` of the runs in which judge is killed with SIGKILL")
	flag.Parse()
	runs := 1000
	if flag.NArg() > 0 {
		n, err := strconv.Atoi(flag.Arg(0))
		if err != nil || n < atOnce {
			fmt.Fprintf(os.Stderr, "soak: RUNS is a number from %d, not %q\n", atOnce, flag.Arg(0))
			os.Exit(2)
		}
		runs = n
	}
	ok, err := soak(*judge, runs, *kill)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func soak(judge string, runs, kill int) (bool, error) {
	judge, err := filepath.Abs(judge)
	if err != nil {
		return false, err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return false, fmt.Errorf("become a subreaper: %w", err)
	}
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	s := &session{judge: judge, dir: dir, kill: kill}

	// What judge makes once and keeps (the directory of leases, an empty cgroup) is there after this.
	s.runAll(2 * atOnce)
	before := look("")
	s.times = nil
	s.runAll(runs)
	// The next starts clear up after those that were killed.
	s.kill = 0
	s.runAll(2 * atOnce)

	left := leftovers(before, dir)
	for _, thing := range left {
		fmt.Println("left on the host:", thing)
	}
	for _, failure := range s.failures {
		fmt.Println("wrong:", failure)
	}
	s.printTimes()
	fmt.Printf("%d runs, %d killed, %d wrong, %d things left\n", runs, s.killed, len(s.failures), len(left))
	return len(left) == 0 && len(s.failures) == 0, nil
}

// A session is what the workers share.
type session struct {
	judge string
	dir   string // judge's TMPDIR and its reports are below it
	kill  int

	mu       sync.Mutex
	killed   int
	failures []string
	times    []time.Duration // of the plain runs, in order
}

// runAll makes n runs, atOnce at a time, and waits for the last.
func (s *session) runAll(n int) {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for worker := range atOnce {
		workers.Go(func() {
			for i := range numbers {
				s.runOne(worker, i)
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
}

// printTimes compares the first tenth with the last: what a host collects from
// run to run shows as slowness first.
func (s *session) printTimes() {
	tenth := len(s.times) / 10
	if tenth == 0 {
		return
	}
	median := func(times []time.Duration) time.Duration {
		return slices.Sorted(slices.Values(times))[len(times)/2].Round(10 * time.Microsecond)
	}
	fmt.Printf("a plain run took %v at first, %v at last (medians of %d)\n", median(s.times[:tenth]),
		median(s.times[len(s.times)-tenth:]), tenth)
}
