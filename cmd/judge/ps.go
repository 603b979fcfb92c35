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

// A houseFlag is a flag of a command that takes few.
type houseFlag struct{ name, about string }

// houseFlags are those of judge ps, kill, gc and doctor, for help and completion.
func houseFlags(command string) []houseFlag {
	switch command {
	case "ps", "doctor":
		return []houseFlag{{"--json", "print JSON"}}
	case "kill":
		return []houseFlag{{"-9", "kill its judge, too: no report is written"}}
	case "gc":
		return []houseFlag{{"-n", "only say what would be removed"}}
	}
	return nil
}

// houseArgs reads the command line of such a command: which flags are
// set, and what else there is; done says that help was asked for, and given.
func houseArgs(command, usage string, args []string) (set map[string]bool, rest []string, done bool, err error) {
	set = map[string]bool{}
next:
	for i, arg := range args {
		if arg == "--help" || arg == "-h" {
			fmt.Printf("judge %s%s\n\n", command, usage)
			for _, f := range houseFlags(command) {
				fmt.Printf("  %-8s  %s\n", f.name, f.about)
			}
			return nil, nil, true, nil
		}
		if arg == "--" {
			return set, append(rest, args[i+1:]...), false, nil
		}
		for _, f := range houseFlags(command) {
			if arg == f.name {
				set[arg] = true
				continue next
			}
		}
		if strings.HasPrefix(arg, "-") {
			return nil, nil, false, &cli.UsageError{What: fmt.Sprintf("judge %s has no flag %s", command, arg), Hint: "judge " + command + usage}
		}
		rest = append(rest, arg)
	}
	return set, rest, false, nil
}

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
	if set["--json"] {
		return 0, printJSON(runs, now)
	}
	return 0, printTable(runs, now)
}

// liveJSON is a run as judge ps --json prints it: null where nothing is known.
type liveJSON struct {
	ID         int     `json:"id"`
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
		j := liveJSON{ID: r.ID, PID: known(r.PID), ProgramPID: r.ProgramPID, CPUTime: (*int64)(r.CPUTime), Memory: r.Memory, Peak: r.PeakUsed, Pids: r.Pids}
		if !r.Started.IsZero() {
			j.Command, j.Policy = new(valid(r.Command)), new(valid(r.Policy))
			j.Age = new(int64(age(r, now)))
		}
		j.Limits.CPUTime, j.Limits.WallTime = known(int64(r.CPULimit)), known(int64(r.WallLimit))
		j.Limits.Memory, j.Limits.Pids = known(r.MemoryLimit), known(r.PidsLimit)
		list = append(list, j)
	}
	return cli.PrintJSON(struct {
		Version int        `json:"version"`
		Runs    []liveJSON `json:"runs"`
	}{1, list})
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

// printTable prints used/limit where there is a limit, and - where nothing is known.
func printTable(runs []sandbox.LiveRun, now time.Time) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tJUDGE\tPROGRAM\tAGE\tCPU\tMEMORY\tPEAK\tPIDS\tPOLICY\tCOMMAND")
	for _, r := range runs {
		old := "-"
		if !r.Started.IsZero() {
			old = of2(short(age(r, now)), r.WallLimit > 0, short(r.WallLimit))
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID,
			shown(known(r.PID), strconv.Itoa), shown(r.ProgramPID, strconv.Itoa), old,
			of2(shown(r.CPUTime, short), r.CPULimit > 0, short(r.CPULimit)),
			of2(shown(r.Memory, cli.SizeText), r.MemoryLimit > 0, cli.SizeText(r.MemoryLimit)), shown(r.PeakUsed, cli.SizeText),
			of2(shown(r.Pids, count), r.PidsLimit > 0, count(r.PidsLimit)),
			word(r.Policy), word(r.Command))
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
