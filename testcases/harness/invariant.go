package harness

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// invariant checks one thing of an outcome; the error says what was seen.
type invariant func(*Outcome) error

// parsers is the table of invariants: the word, and what reads the rest of the
// line. Comparisons are in the table of quantities.
var parsers = map[string]func(rest string) (invariant, error){
	"stdout-contains":    textIn(stdout, true),
	"stdout-lacks":       textIn(stdout, false),
	"stderr-contains":    textIn(stderr, true),
	"stderr-lacks":       textIn(stderr, false),
	"stdout-sha256":      parseSHA256,
	"cpu-time-within":    parseWithin,
	"oom-kill":           yesNo("oom_kills", func(r *Report) bool { return r.OOMKills > 0 }),
	"seccomp-violation":  yesNo("violation", func(r *Report) bool { return r.Violation != nil }),
	"file-collected":     named(checkCollected),
	"file-refused":       named(checkRefused),
	"collected-contains": namedText(checkCollectedContains),
	"collected-lacks":    namedText(checkCollectedLacks),
	"collected-bytes":    parseCollectedBytes,
	"collected-plain":    named(checkPlain),
	"host-unchanged":     named(checkUnchanged),
	"host-absent":        named(checkAbsent),
}

// quantity is a figure that can be compared.
type quantity struct {
	operators string // those allowed, parted by blanks
	parse     func(string) (int64, error)
	show      func(int64) string
	of        func(*Outcome) (int64, error)
}

var quantities = map[string]quantity{
	"stdout-bytes":   {"= <= >=", parseSize, showCount, func(o *Outcome) (int64, error) { return o.Stdout.Bytes, nil }},
	"stderr-bytes":   {"= <= >=", parseSize, showCount, func(o *Outcome) (int64, error) { return o.Stderr.Bytes, nil }},
	"peak-memory":    {"<= >=", parseSize, showCount, ofReport(func(r *Report) int64 { return r.MemoryPeakBytes })},
	"cpu-time":       {"<= >=", parseNs, showTime, ofReport(func(r *Report) int64 { return r.CPUTimeNs })},
	"wall-time":      {"<= >=", parseNs, showTime, ofReport(func(r *Report) int64 { return r.WallTimeNs })},
	"returns-within": {"=", parseNs, showTime, func(o *Outcome) (int64, error) { return int64(o.Elapsed), nil }},
}

var invariantForm = regexp.MustCompile(`^([a-z0-9-]+)(<=|>=|\s+|$)(.*)$`)

// parseInvariant reads one expectation other than the first.
func parseInvariant(text string) (invariant, error) {
	m := invariantForm.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("cannot read invariant %q", text)
	}
	word, op, rest := m[1], strings.TrimSpace(m[2]), m[3]
	if q, ok := quantities[word]; ok {
		return parseComparison(word, q, op, rest)
	}
	parse, ok := parsers[word]
	if !ok || op != "" {
		return nil, fmt.Errorf("unknown invariant %q", text)
	}
	inv, err := parse(rest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", word, err)
	}
	return inv, nil
}

// parseComparison reads the figure that a quantity is compared with.
func parseComparison(word string, q quantity, op, rest string) (invariant, error) {
	if op == "" {
		op = "="
	}
	allowed := strings.Fields(q.operators)
	for i := range allowed {
		if allowed[i] != op {
			continue
		}
		want, err := q.parse(strings.TrimSpace(rest))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		if word == "returns-within" {
			op = "<="
		}
		return compare(q, op, want), nil
	}
	return nil, fmt.Errorf("%s is compared with one of %s", word, q.operators)
}

// compare makes the invariant of a quantity.
func compare(q quantity, op string, want int64) invariant {
	return func(o *Outcome) error {
		got, err := q.of(o)
		if err != nil {
			return err
		}
		if op == "=" && got == want || op == "<=" && got <= want || op == ">=" && got >= want {
			return nil
		}
		return fmt.Errorf("it is %s%s", q.show(got), o.statusNote())
	}
}

// statusNote says how the run ended, for messages about figures.
func (o *Outcome) statusNote() string {
	if o.Report == nil {
		return ""
	}
	return fmt.Sprintf(" (status %s)", o.Report.Status)
}

func showCount(n int64) string { return strconv.FormatInt(n, 10) }

func showTime(n int64) string { return time.Duration(n).Round(time.Millisecond / 10).String() }

func parseNs(text string) (int64, error) {
	d, err := parseTime(text)
	return int64(d), err
}

// ofReport makes a figure of the report a figure of the outcome.
func ofReport(f func(*Report) int64) func(*Outcome) (int64, error) {
	return func(o *Outcome) (int64, error) {
		if o.Report == nil {
			return 0, fmt.Errorf("there is no report: %w", o.ReportError)
		}
		return f(o.Report), nil
	}
}

func stdout(o *Outcome) *Stream { return &o.Stdout }
func stderr(o *Outcome) *Stream { return &o.Stderr }

// textIn makes the parser for a text that must or must not be in a channel.
func textIn(of func(*Outcome) *Stream, want bool) func(string) (invariant, error) {
	return func(text string) (invariant, error) {
		if text == "" {
			return nil, fmt.Errorf("no text given")
		}
		return func(o *Outcome) error {
			data := of(o).Data
			at := bytes.Index(data, []byte(text))
			switch {
			case want && at < 0:
				return fmt.Errorf("it does not%s%s", o.statusNote(), o.detail())
			case !want && at >= 0:
				return fmt.Errorf("it has %q", data[lineStart(data, at):min(len(data), at+160)])
			}
			return nil
		}, nil
	}
}

// lineStart returns where the line around at begins, at most 80 bytes before.
func lineStart(data []byte, at int) int {
	from := max(0, at-80)
	return from + bytes.LastIndexByte(data[from:at], '\n') + 1
}

func parseSHA256(hex string) (invariant, error) {
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(hex) {
		return nil, fmt.Errorf("%q is no SHA-256", hex)
	}
	return func(o *Outcome) error {
		if got := o.Stdout.SHA256(); got != hex {
			return fmt.Errorf("it is %s, of %d bytes", got, o.Stdout.Bytes)
		}
		return nil
	}, nil
}

var withinForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)% of (\S+)$`)

func parseWithin(rest string) (invariant, error) {
	m := withinForm.FindStringSubmatch(rest)
	if m == nil {
		return nil, fmt.Errorf("%q is not P%% of TIME", rest)
	}
	want, err := parseTime(m[2])
	if err != nil {
		return nil, err
	}
	percent, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return nil, err
	}
	most := time.Duration(float64(want) * percent / 100)
	return func(o *Outcome) error {
		if o.Report == nil {
			return fmt.Errorf("there is no report: %w", o.ReportError)
		}
		if got := o.Report.CPUTime(); (got - want).Abs() > most {
			return fmt.Errorf("it is %s", showTime(int64(got)))
		}
		return nil
	}, nil
}

// yesNo makes the parser for something that the report says or does not say.
func yesNo(field string, of func(*Report) bool) func(string) (invariant, error) {
	return func(rest string) (invariant, error) {
		if rest != "yes" && rest != "no" {
			return nil, fmt.Errorf("%q is neither yes nor no", rest)
		}
		return func(o *Outcome) error {
			if o.Report == nil {
				return fmt.Errorf("there is no report: %w", o.ReportError)
			}
			if of(o.Report) != (rest == "yes") {
				return fmt.Errorf("the report's %s says otherwise%s", field, o.statusNote())
			}
			return nil
		}, nil
	}
}
