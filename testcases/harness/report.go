package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Report is the part of judge's report that the checks read.
type Report struct {
	Version         int          `json:"version"`
	Status          string       `json:"status"`
	Reason          string       `json:"reason"`
	ExitCode        *int         `json:"exit_code"`
	Signal          *int         `json:"signal"`
	OOMKills        int64        `json:"oom_kills"`
	CPUTimeNs       int64        `json:"cpu_time_ns"`
	WallTimeNs      int64        `json:"wall_time_ns"`
	MemoryPeakBytes int64        `json:"memory_peak_bytes"`
	StdoutTruncated bool         `json:"stdout_truncated"`
	StderrTruncated bool         `json:"stderr_truncated"`
	Violation       *Violation   `json:"violation"`
	Collected       []Collected  `json:"collected"`
	Unenforced      []Unenforced `json:"unenforced"`
}

// Unenforced is a limit that judge could not hold on this host.
type Unenforced struct {
	Limit string `json:"limit"`
	Why   string `json:"why"`
}

// Violation is the system call that the filter ended the run for.
type Violation struct {
	Syscall string `json:"syscall"`
	Nr      int64  `json:"nr"`
	Arch    string `json:"arch"`
}

// Collected is one output file: handed over to Path, or Refused and why.
type Collected struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	Refused string `json:"refused"`
}

// CPUTime is the processor time of the run.
func (r *Report) CPUTime() time.Duration { return time.Duration(r.CPUTimeNs) }

// WallTime is the elapsed time of the run.
func (r *Report) WallTime() time.Duration { return time.Duration(r.WallTimeNs) }

// collected returns what the report says of an output file.
func (r *Report) collected(name string) *Collected {
	for i := range r.Collected {
		if r.Collected[i].Name == name {
			return &r.Collected[i]
		}
	}
	return nil
}

// decodeReport reads a report that must be exactly one JSON document in valid
// UTF-8, and valid against the schema.
func decodeReport(raw []byte, schema *jsonschema.Schema) (*Report, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	var r Report
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("not one JSON document of the known form: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON document")
	}
	if schema == nil {
		return nil, errors.New("there is no schema to check it against")
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if err := schema.Validate(document); err != nil {
		return nil, fmt.Errorf("not valid against the schema: %w", err)
	}
	return &r, nil
}

// loadSchema asks judge for the schema of its reports.
func loadSchema(judge string) (*jsonschema.Schema, error) {
	raw, err := exec.Command(judge, "schema", "report").Output()
	if err != nil {
		return nil, fmt.Errorf("judge schema report: %w", err)
	}
	return compileSchema(raw)
}

// compileSchema compiles a JSON Schema at hand.
func compileSchema(raw []byte) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("judge schema report: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("report.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("report.json")
}

// consistent reports where the status, the other fields and judge's own exit
// status contradict one another. The kernel's evidence must be there for each
// status that claims it.
func (r *Report) consistent(exit int) error {
	want, evidence := -1, true
	switch r.Status {
	case "ok":
		want, evidence = 0, r.ExitCode != nil && *r.ExitCode == 0
	case "nonzero-exit":
		if evidence = r.ExitCode != nil && *r.ExitCode != 0; evidence {
			want = *r.ExitCode
		}
	case "signal":
		if evidence = r.Signal != nil && r.ExitCode == nil; evidence {
			want = 128 + *r.Signal
		}
	case "cpu-time", "wall-time", "idle-time":
		want = 124
	case "memory":
		want, evidence = 137, r.OOMKills > 0
	case "output":
		want, evidence = 153, r.StdoutTruncated || r.StderrTruncated
	case "syscall":
		want, evidence = 159, r.Violation != nil
	case "cannot-start":
		if want = 126; exit == 127 {
			want = 127
		}
	}
	if !evidence {
		return fmt.Errorf("status %q without its evidence in the other fields", r.Status)
	}
	if want >= 0 && exit != want {
		return fmt.Errorf("status %q, but judge exited %d, not %d", r.Status, exit, want)
	}
	return nil
}
