package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

// between two looks at a run. A single line wants two looks, too: what share of a
// processor it uses is the difference.
const (
	statsEvery = time.Second
	statsOnce  = 250 * time.Millisecond
)

func statsCommand(args []string) (int, error) {
	const usage = " [--no-stream] [--json] [NAME|ID[@JUDGE]]"
	set, rest, done, err := houseArgs("stats", usage, args)
	if err != nil || done {
		return 0, err
	}
	if len(rest) > 1 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge stats takes one run, or none for all, got %q", rest), Hint: "judge stats" + usage}
	}
	s := stats{json: set.has("--json")}
	if len(rest) == 1 {
		if s.only, err = sandbox.Find(rest[0]); err != nil {
			return 0, err
		}
	}
	before, at, err := s.look()
	if err != nil {
		return 0, err
	}
	wait := statsEvery
	if set.has("--no-stream") {
		wait = statsOnce
	}
	for {
		time.Sleep(wait)
		now, then, err := s.look()
		if err != nil {
			return 0, err
		}
		if s.only != nil && len(now) == 0 { // it has ended
			return 0, nil
		}
		for _, r := range now {
			if err := s.print(r, share(before, r, then.Sub(at)), then); err != nil {
				return 0, err
			}
		}
		if set.has("--no-stream") {
			return 0, nil
		}
		before, at = now, then
	}
}

// stats prints what runs use.
type stats struct {
	only   *sandbox.RunID // nil for all
	json   bool
	header bool // is printed
}

func (s *stats) look() ([]sandbox.LiveRun, time.Time, error) {
	runs, err := sandbox.Live()
	if err != nil {
		return nil, time.Time{}, err
	}
	var wanted []sandbox.LiveRun
	for _, r := range runs {
		if s.only == nil || r.ID == s.only.ID && r.PID == s.only.Judge {
			wanted = append(wanted, r)
		}
	}
	return wanted, time.Now(), nil
}

// share is how many processors a run has used since; nil where it is not known.
func share(before []sandbox.LiveRun, r sandbox.LiveRun, since time.Duration) *float64 {
	for _, b := range before {
		if b.ID == r.ID && b.PID == r.PID && b.Started.Equal(r.Started) && b.CPUTime != nil && r.CPUTime != nil && since > 0 {
			return new(max(float64(*r.CPUTime-*b.CPUTime)/float64(since), 0))
		}
	}
	return nil
}

// statsJSON is a run as judge stats --json prints it, on a line.
type statsJSON struct {
	liveJSON
	CPUs *float64 `json:"cpus"` // processors in use
}

func (s *stats) print(r sandbox.LiveRun, cpus *float64, now time.Time) error {
	if s.json {
		line, err := json.Marshal(statsJSON{jsonOf(r, now), cpus})
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(append(line, '\n'))
		return err
	}
	const columns = "%5s  %-16s  %6s  %-17s  %-20s  %9s  %-9s  %s\n"
	if !s.header {
		s.header = true
		fmt.Printf(columns, "ID", "NAME", "CPU", "CPU TIME", "MEMORY", "PEAK", "PIDS", "COMMAND")
	}
	u := usageOf(r)
	_, err := fmt.Printf(columns, fmt.Sprint(r.ID), word(r.Name), shown(cpus, percent), u.cpu, u.memory, u.peak, u.pids, word(r.Command))
	return err
}

func percent(cpus float64) string { return fmt.Sprintf("%.1f%%", 100*cpus) }
