package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

func psCommand(args []string) (int, error) {
	set, rest, done, err := houseArgs("ps", " [--json]", args)
	if err != nil || done {
		return 0, err
	}
	if len(rest) > 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge ps takes no argument, got %q", rest), Hint: "judge ps [--json]"}
	}
	runs, err := sandbox.Live()
	if err != nil {
		return 0, err
	}
	now := time.Now()
	if set.has("--json") {
		return 0, printJSON(runs, now)
	}
	return 0, printTable(runs, now)
}

// liveJSON is a run as judge ps --json prints it: null where nothing is known.
type liveJSON struct {
	ID         int     `json:"id"`
	Name       *string `json:"name"`
	PID        *int    `json:"pid"`
	ProgramPID *int    `json:"program_pid"`
	Command    *string `json:"command"`
	Policy     *string `json:"policy"`
	Age        *int64  `json:"age_ns"`
	CPUTime    *int64  `json:"cpu_time_ns"`
	Memory     *int64  `json:"memory_bytes"`
	Peak       *int64  `json:"memory_peak_bytes"`
	Pids       *int64  `json:"pids"`
	Limits     struct {
		CPUTime  *int64 `json:"cpu_time_ns"`
		WallTime *int64 `json:"wall_time_ns"`
		Memory   *int64 `json:"memory_bytes"`
		Pids     *int64 `json:"pids"`
	} `json:"limits"`
}

func printJSON(runs []sandbox.LiveRun, now time.Time) error {
	list := []liveJSON{}
	for _, r := range runs {
		list = append(list, jsonOf(r, now))
	}
	return cli.PrintJSON(struct {
		Version int        `json:"version"`
		Runs    []liveJSON `json:"runs"`
	}{1, list})
}

func jsonOf(r sandbox.LiveRun, now time.Time) liveJSON {
	j := liveJSON{ID: r.ID, PID: known(r.PID), ProgramPID: r.ProgramPID, CPUTime: (*int64)(r.CPUTime), Memory: r.Memory, Peak: r.PeakUsed, Pids: r.Pids}
	if r.Name != "" {
		j.Name = new(r.Name)
	}
	if !r.Started.IsZero() {
		j.Command, j.Policy = new(valid(r.Command)), new(valid(r.Policy))
		j.Age = new(int64(age(r, now)))
	}
	j.Limits.CPUTime, j.Limits.WallTime = known(int64(r.CPULimit)), known(int64(r.WallLimit))
	j.Limits.Memory, j.Limits.Pids = known(r.MemoryLimit), known(r.PidsLimit)
	return j
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// known is nil for zero.
func known[T int | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}

// age is never negative, whatever became of the clock.
func age(r sandbox.LiveRun, now time.Time) time.Duration { return max(now.Sub(r.Started), 0) }

// usage is what a run uses as tables show it: used/limit where there is a limit,
// and - where nothing is known.
type usage struct{ cpu, memory, peak, pids string }

func usageOf(r sandbox.LiveRun) usage {
	return usage{
		cpu:    of2(shown(r.CPUTime, short), r.CPULimit > 0, short(r.CPULimit)),
		memory: of2(shown(r.Memory, cli.SizeText), r.MemoryLimit > 0, cli.SizeText(r.MemoryLimit)),
		peak:   shown(r.PeakUsed, cli.SizeText),
		pids:   of2(shown(r.Pids, count), r.PidsLimit > 0, count(r.PidsLimit)),
	}
}

func printTable(runs []sandbox.LiveRun, now time.Time) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tJUDGE\tPROGRAM\tAGE\tCPU\tMEMORY\tPEAK\tPIDS\tPOLICY\tCOMMAND")
	for _, r := range runs {
		old := "-"
		if !r.Started.IsZero() {
			old = of2(short(age(r, now)), r.WallLimit > 0, short(r.WallLimit))
		}
		u := usageOf(r)
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, word(r.Name),
			shown(known(r.PID), strconv.Itoa), shown(r.ProgramPID, strconv.Itoa), old,
			u.cpu, u.memory, u.peak, u.pids, word(r.Policy), word(r.Command))
	}
	return w.Flush()
}

func shown[T any](v *T, text func(T) string) string {
	if v == nil {
		return "-"
	}
	return text(*v)
}

func of2(used string, limited bool, limit string) string {
	if !limited {
		return used
	}
	return used + "/" + limit
}

func short(d time.Duration) string {
	unit := 100 * time.Millisecond
	if d < time.Second {
		unit = time.Millisecond
	}
	text := d.Truncate(unit).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// word is a text that may be anybody's, as one word that does nothing to a terminal.
func word(s string) string {
	if s == "" {
		return "-"
	}
	for _, r := range s {
		if r == utf8.RuneError || r == ' ' || r == '"' || r == '\\' || !unicode.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}
