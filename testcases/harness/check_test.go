package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func number(n int) *int { return &n }

// goodOutcome is one that meets the passing half of invariantTable.
func goodOutcome(t *testing.T) *Outcome {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "out.txt"), []byte("fine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bits"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "bits"), 0o4755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	before, err := fileState("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	o := &Outcome{
		Elapsed:    900 * time.Millisecond,
		CollectDir: dir,
		Before:     map[string]FileState{"/etc/passwd": before, "/etc/group": before},
		Report: &Report{
			Status: "ok", ExitCode: number(0), CPUTimeNs: 520e6, WallTimeNs: 800e6, MemoryPeakBytes: 48 << 20, OOMKills: 1,
			Collected: []Collected{{Name: "out.txt", Bytes: 5}, {Name: "link", Refused: "symbolic link"}, {Name: "short", Bytes: 9}},
		},
	}
	o.Stdout.Write([]byte("hello\n"))
	o.Stderr.Write([]byte("oops\n"))
	return o
}

// invariantTable has for each invariant a text that holds and one that does not.
var invariantTable = []struct{ holds, fails string }{
	{"stdout-contains hello", "stdout-contains oops"},
	{"stdout-lacks oops", "stdout-lacks hell"},
	{"stderr-contains oops", "stderr-contains hello"},
	{"stderr-lacks hello", "stderr-lacks oop"},
	{"stdout-bytes 6", "stdout-bytes 5"},
	{"stdout-bytes<=6", "stdout-bytes<=5"},
	{"stdout-bytes>=6", "stdout-bytes>=7"},
	{"stderr-bytes 5", "stderr-bytes 6"},
	{"stderr-bytes<=5", "stderr-bytes<=4"},
	{"stderr-bytes>=5", "stderr-bytes>=1KiB"},
	{"stdout-sha256 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
		"stdout-sha256 0000b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
	{"peak-memory>=48MiB", "peak-memory>=49MiB"},
	{"peak-memory<=48MiB", "peak-memory<=47MiB"},
	{"cpu-time>=500ms", "cpu-time>=1s"},
	{"cpu-time<=1s", "cpu-time<=500ms"},
	{"cpu-time-within 5% of 500ms", "cpu-time-within 3% of 500ms"},
	{"wall-time>=700ms", "wall-time>=900ms"},
	{"wall-time<=1s", "wall-time<=700ms"},
	{"returns-within 1s", "returns-within 800ms"},
	{"oom-kill yes", "oom-kill no"},
	{"seccomp-violation no", "seccomp-violation yes"},
	{"file-collected out.txt", "file-collected link"},
	{"file-refused link", "file-refused out.txt"},
	{"file-refused link", "file-refused nobody-spoke-of-it"},
	{"file-collected out.txt", "file-collected bits"}, // there, but the report is silent
	{"collected-contains out.txt fine", "collected-contains out.txt bad"},
	{"collected-lacks out.txt bad", "collected-lacks out.txt fine"},
	{"collected-lacks absent fine", "collected-contains absent fine"},
	{"collected-bytes out.txt 5", "collected-bytes out.txt 6"},
	{"collected-plain out.txt", "collected-plain bits"},
	{"host-unchanged /etc/passwd", "host-unchanged /etc/group"},
	{"host-absent /nonexistent/file", "host-absent /etc/passwd"},
}

func TestInvariants(t *testing.T) {
	o := goodOutcome(t)
	covered := map[string]bool{}
	for _, row := range invariantTable {
		covered[invariantForm.FindStringSubmatch(row.holds)[1]] = true
		for text, want := range map[string]bool{row.holds: true, row.fails: false} {
			inv, err := parseInvariant(text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if err := inv(o); (err == nil) != want {
				t.Errorf("%s: got %v, want it to hold: %v", text, err, want)
			}
		}
	}
	for word := range parsers {
		if !covered[word] {
			t.Errorf("%s is not in the table", word)
		}
	}
	for word := range quantities {
		if !covered[word] {
			t.Errorf("%s is not in the table", word)
		}
	}
}

func TestInvariantsOfAReportThatIsMissing(t *testing.T) {
	o := &Outcome{ReportError: errors.New("none"), CollectDir: t.TempDir()}
	for _, text := range []string{"oom-kill no", "peak-memory<=1MiB", "cpu-time-within 5% of 1s", "file-refused x"} {
		inv, err := parseInvariant(text)
		if err != nil {
			t.Fatal(err)
		}
		if inv(o) == nil {
			t.Errorf("%s holds without a report", text)
		}
	}
}

func TestVerdicts(t *testing.T) {
	none := errors.New("none")
	for name, row := range map[string]struct {
		o    Outcome
		want string // "" if no verdict can be satisfied
	}{
		"ok":                         {Outcome{Report: &Report{Status: "ok"}}, "ok"},
		"nonzero-exit":               {Outcome{Report: &Report{Status: "nonzero-exit", ExitCode: number(137)}}, "nonzero-exit 137"},
		"nonzero-exit of no value":   {Outcome{Report: &Report{Status: "nonzero-exit"}}, ""},
		"signal":                     {Outcome{Report: &Report{Status: "signal", Signal: number(9)}}, "signal 9"},
		"signal of no value":         {Outcome{Report: &Report{Status: "signal"}}, ""},
		"a limit":                    {Outcome{Report: &Report{Status: "cpu-time"}}, "cpu-time"},
		"idle":                       {Outcome{Report: &Report{Status: "idle-time"}}, "idle-time"},
		"error is never a verdict":   {Outcome{Report: &Report{Status: "error"}}, ""},
		"an unknown status":          {Outcome{Report: &Report{Status: "timeout"}}, ""},
		"cancelled":                  {Outcome{Interrupt: 15, Report: &Report{Status: "cancelled"}}, "interrupted"},
		"ok before the signal":       {Outcome{Interrupt: 15, Report: &Report{Status: "ok"}}, "ok"},
		"error at the signal":        {Outcome{Interrupt: 15, Report: &Report{Status: "error"}}, ""},
		"killed, no report":          {Outcome{Interrupt: 9, Exit: 137, ReportError: none}, "interrupted"},
		"SIGTERM, half a report":     {Outcome{Interrupt: 15, Exit: 143, RawReport: []byte("{"), ReportError: none}, ""},
		"SIGKILL, half a report":     {Outcome{Interrupt: 9, Exit: 137, RawReport: []byte("{"), ReportError: none}, "interrupted"},
		"no report, no signal":       {Outcome{Exit: 0, ReportError: none}, ""},
		"a judge that does not end":  {Outcome{TimedOut: true, Report: &Report{Status: "ok"}}, ""},
		"crash of judge at a signal": {Outcome{Interrupt: 15, Exit: 2, ReportError: none}, ""},
	} {
		got, err := row.o.verdict()
		if row.want == "" {
			if err == nil {
				t.Errorf("%s: verdict %v", name, got)
			}
			continue
		}
		want, parseErr := parseVerdicts("cannot-start | " + row.want)
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		if err := checkVerdict(&row.o, want); err != nil {
			t.Errorf("%s: %v (%v)", name, err, got)
		}
		if checkVerdict(&row.o, []Verdict{{Word: "cannot-start"}}) == nil {
			t.Errorf("%s: satisfies another verdict", name)
		}
	}
}

func TestConsistentReports(t *testing.T) {
	for name, row := range map[string]struct {
		r    Report
		exit int
		want bool
	}{
		"ok":                          {Report{Status: "ok", ExitCode: number(0)}, 0, true},
		"ok without a code":           {Report{Status: "ok"}, 0, false},
		"ok, judge says otherwise":    {Report{Status: "ok", ExitCode: number(0)}, 1, false},
		"nonzero":                     {Report{Status: "nonzero-exit", ExitCode: number(7)}, 7, true},
		"nonzero of zero":             {Report{Status: "nonzero-exit", ExitCode: number(0)}, 0, false},
		"signal":                      {Report{Status: "signal", Signal: number(11)}, 139, true},
		"signal and a code":           {Report{Status: "signal", Signal: number(11), ExitCode: number(139)}, 139, false},
		"memory":                      {Report{Status: "memory", OOMKills: 1}, 137, true},
		"memory without an OOM kill":  {Report{Status: "memory"}, 137, false},
		"output":                      {Report{Status: "output", StderrTruncated: true}, 153, true},
		"output without a truncation": {Report{Status: "output"}, 153, false},
		"syscall":                     {Report{Status: "syscall", Violation: &Violation{}}, 159, true},
		"syscall without a violation": {Report{Status: "syscall"}, 159, false},
		"wall-time":                   {Report{Status: "wall-time"}, 124, true},
		"cpu-time":                    {Report{Status: "cpu-time"}, 137, false},
		"not executable":              {Report{Status: "cannot-start"}, 126, true},
		"not found":                   {Report{Status: "cannot-start"}, 127, true},
		"cannot start, status 1":      {Report{Status: "cannot-start"}, 1, false},
	} {
		if err := row.r.consistent(row.exit); (err == nil) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeReport(t *testing.T) {
	schema, err := compileSchema([]byte(`{"type":"object","required":["status"],"properties":{"status":{"enum":["ok"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{"status":"ok"}`:                    true,
		" {\"status\":\"ok\"}\n\n":           true,
		``:                                   false,
		`{"status":"ok"`:                     false,
		`{"status":"ok"}{"status":"ok"}`:     false,
		`{"status":"ok"} x`:                  false,
		`{"status":"bad"}`:                   false,
		`{}`:                                 false,
		`[1]`:                                false,
		"{\"status\":\"ok\",\"r\":\"\xff\"}": false,
		`{"status":"ok","exit_code":"0"}`:    false,
	} {
		if _, err := decodeReport([]byte(text), schema); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := decodeReport([]byte(`{"status":"ok"}`), nil); err == nil {
		t.Error("a report is good without a schema")
	}
}

func TestLeaked(t *testing.T) {
	dir := t.TempDir()
	if leaked(&Outcome{CollectDir: dir, Stdout: Stream{Data: []byte("s3")}}, "s3cret") != "" {
		t.Error("found a secret that is not there")
	}
	for where, o := range map[string]*Outcome{
		"stdout": {Stdout: Stream{Data: []byte("a s3cret b")}}, "stderr": {Stderr: Stream{Data: []byte("s3cret")}},
		"the report": {RawReport: []byte(`{"reason":"s3cret"}`)},
	} {
		o.CollectDir = dir
		if got := leaked(o, "s3cret"); got != where {
			t.Errorf("%s: got %q", where, got)
		}
	}
	if err := os.Symlink("/s3cret", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if got := leaked(&Outcome{CollectDir: dir}, "s3cret"); !strings.Contains(got, "link") {
		t.Errorf("link: got %q", got)
	}
}
