// Command soak makes many runs, four at once, of a random mix of well-behaved and
// hostile programs, each with a status that must be reported: half of them by
// starting judge, of which some are killed in the middle, half by sandbox.Run in this
// very process, as a long-lived judge makes them. It prints figures at every tenth of
// the way, and fails if descriptors, memory, mounts, cgroups, leases or the time of a
// run grow, if a status is wrong, or if anything is left on the host at the end:
// processes, mounts, cgroups, files.
//
//	soak [-judge bin/judge] [-kill PERCENT] [-seed N] [RUNS]
//
// It is a child subreaper, so that a process which loses its judge becomes its
// own child and is found. Other runs of judge on the host do no harm, but take time.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	atOnce = 4
	parts  = 10 // into which the way is divided, for figures
	fewest = 10 * parts
)

func main() {
	judge := flag.String("judge", "bin/judge", "the binary under test")
	kill := flag.Int("kill", 4, "`PERCENT` of the judges started that are killed with SIGKILL")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the mix")
	flag.Parse()
	runs := 20_000
	if flag.NArg() > 0 {
		n, err := strconv.Atoi(flag.Arg(0))
		if err != nil || n < fewest {
			fmt.Fprintf(os.Stderr, "soak: RUNS is a number from %d, not %q\n", fewest, flag.Arg(0))
			os.Exit(2)
		}
		runs = n
	}
	ok, err := soak(*judge, runs, *kill, *seed)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func soak(judge string, runs, kill int, seed uint64) (bool, error) {
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
	fmt.Println("seed", seed)
	s := &session{judge: judge, dir: dir, kill: kill, mix: rand.New(rand.NewPCG(seed, 0))}

	// What judge makes once and keeps (the directory of leases, an empty cgroup) is there after this.
	s.runAll(fewest)
	before := look("")
	s.times = [ways][]time.Duration{}
	var figures []figure
	for part := range parts {
		s.runAll(runs/parts + min(1, max(0, runs%parts-part)))
		figures = append(figures, s.measure())
	}
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
	grown := growth(figures)
	for _, g := range grown {
		fmt.Println("grows:", g)
	}
	fmt.Printf("%d runs, %d killed, %d wrong, %d things left, %d figures grow\n", runs, s.killed, len(s.failures), len(left), len(grown))
	return len(left) == 0 && len(s.failures) == 0 && len(grown) == 0, nil
}

// A session is what the workers share.
type session struct {
	judge string
	dir   string // judge's TMPDIR and its reports are below it
	kill  int

	mix *rand.Rand // asked by runAll alone

	mu       sync.Mutex
	killed   int
	failures []string
	times    [ways][]time.Duration // of the plain runs, since the last measure
}

// runAll makes n runs, atOnce at a time, and waits for the last.
func (s *session) runAll(n int) {
	jobs := make(chan job)
	var workers sync.WaitGroup
	for worker := range atOnce {
		workers.Go(func() {
			for j := range jobs {
				s.runOne(worker, j)
			}
		})
	}
	for range n {
		jobs <- s.draw()
	}
	close(jobs)
	workers.Wait()
}
