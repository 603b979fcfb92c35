package harness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Verdict is one alternative of a case's first expectation. N is the exit
// status or the signal, where the verdict has one.
type Verdict struct {
	Word string
	N    int
}

// verdictWords are the verdicts, and whether a number follows. idle-time is
// this harness's own addition.
var verdictWords = map[string]bool{
	"ok": false, "nonzero-exit": true, "signal": true, "cpu-time": false, "wall-time": false, "idle-time": false,
	"memory": false, "output": false, "syscall": false, "cannot-start": false, "interrupted": false,
}

// String is the verdict as a header spells it.
func (v Verdict) String() string {
	if verdictWords[v.Word] {
		return fmt.Sprintf("%s %d", v.Word, v.N)
	}
	return v.Word
}

// parseVerdicts reads the alternatives of a first expectation.
func parseVerdicts(text string) ([]Verdict, error) {
	var all []Verdict
	for part := range strings.SplitSeq(text, "|") {
		words := strings.Fields(part)
		if len(words) == 0 {
			return nil, fmt.Errorf("an empty verdict in %q", text)
		}
		numbered, ok := verdictWords[words[0]]
		if !ok {
			return nil, fmt.Errorf("unknown verdict %q", words[0])
		}
		v := Verdict{Word: words[0]}
		switch {
		case numbered && len(words) == 2:
			n, err := strconv.Atoi(words[1])
			if err != nil || n < 1 || n > 255 {
				return nil, fmt.Errorf("%q is no number for %s", words[1], words[0])
			}
			v.N = n
		case numbered:
			return nil, fmt.Errorf("%s wants one number in %q", words[0], text)
		case len(words) != 1:
			return nil, fmt.Errorf("something follows the verdict in %q", text)
		}
		all = append(all, v)
	}
	return all, nil
}

// checkVerdict checks the outcome's verdict against the alternatives.
func checkVerdict(o *Outcome, want []Verdict) error {
	got, err := o.verdict()
	if err != nil {
		return err
	}
	if !slices.Contains(want, got) {
		return fmt.Errorf("verdict is %s%s", got, o.detail())
	}
	return nil
}

// verdict reads the verdict off the report. A failure of judge is an error.
func (o *Outcome) verdict() (Verdict, error) {
	if o.TimedOut {
		return Verdict{}, fmt.Errorf("judge did not end and was killed by the harness")
	}
	if o.Interrupt != 0 && o.interrupted() {
		return Verdict{Word: "interrupted"}, nil
	}
	r := o.Report
	if r == nil {
		return Verdict{}, fmt.Errorf("no report: %w (judge exited %d)%s", o.ReportError, o.Exit, o.detail())
	}
	v := Verdict{Word: r.Status}
	switch r.Status {
	case "nonzero-exit":
		if r.ExitCode == nil {
			return v, fmt.Errorf("status nonzero-exit with no exit_code")
		}
		v.N = *r.ExitCode
	case "signal":
		if r.Signal == nil {
			return v, fmt.Errorf("status signal with no signal")
		}
		v.N = *r.Signal
	case "cancelled":
		v.Word = "interrupted"
	case "error":
		return v, fmt.Errorf("judge failed: %s", r.Reason)
	}
	if _, ok := verdictWords[v.Word]; !ok {
		return v, fmt.Errorf("unknown status %q", r.Status)
	}
	return v, nil
}

// interrupted reports whether judge was ended by the harness's signal.
func (o *Outcome) interrupted() bool {
	if o.Report != nil {
		return o.Report.Status == "cancelled"
	}
	caught := o.Interrupt == syscall.SIGINT || o.Interrupt == syscall.SIGTERM || o.Interrupt == syscall.SIGHUP
	if caught && len(o.RawReport) > 0 {
		return false // a report that is there must be a good one
	}
	return o.Exit == 128+int(o.Interrupt)
}

// detail adds what helps to understand a wrong verdict.
func (o *Outcome) detail() string {
	var b strings.Builder
	if o.Report != nil && o.Report.Reason != "" {
		fmt.Fprintf(&b, ", reason %q", o.Report.Reason)
	}
	for _, s := range []struct {
		name string
		data []byte
	}{{"stdout", o.Stdout.Data}, {"stderr", o.Stderr.Data}} {
		if n := len(s.data); n > 0 {
			fmt.Fprintf(&b, ", %s ends %q", s.name, s.data[max(0, n-160):])
		}
	}
	return b.String()
}
