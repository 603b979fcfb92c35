package grading

import (
	"testing"
	"time"

	"judge/judge/batch"
	"judge/judge/problem"
	"judge/judge/report"
)

func TestProgressText(t *testing.T) {
	counts := report.Counts{problem.AC: 9, problem.WA: 1}
	for name, test := range map[string]struct {
		state   batch.State
		since   time.Duration
		halting bool
		want    string
	}{
		"at first": {batch.State{Items: 100, Done: 10, Running: 4, Cases: 3}, time.Second / 2, false, "10 of 100 submissions, 4 running: 9 AC, 1 WA"},
		"time left": {batch.State{Items: 100, Done: 10, Running: 4, Cases: 200}, 10 * time.Second, false,
			"10 of 100 submissions, 4 running, 20 cases/s, 1m30s left: 9 AC, 1 WA"},
		"a journal was no work": {batch.State{Items: 100, Done: 60, Resumed: 50, Running: 4, Cases: 200}, 10 * time.Second, false,
			"60 of 100 submissions, 4 running, 20 cases/s, 40s left: 9 AC, 1 WA"},
		"nothing done": {batch.State{Items: 100, Done: 50, Resumed: 50}, 10 * time.Second, false,
			"50 of 100 submissions, 0 running, 0 cases/s: 9 AC, 1 WA"},
		"stopping": {batch.State{Items: 100, Done: 10, Running: 4, Cases: 200}, 10 * time.Second, true,
			"10 of 100 submissions, 4 running, 20 cases/s, stopping: 9 AC, 1 WA"},
	} {
		if got := progressText(test.state, counts, test.since, test.halting); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
