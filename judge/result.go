package judge

import (
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// Version of the form of a [Result]. Fields may be added without a new one.
const Version = 1

// A Result says how one submission was judged, with the evidence. Times are
// nanoseconds, sizes bytes.
type Result struct {
	Version    int             `json:"version"`
	Problem    string          `json:"problem"`
	Submission string          `json:"submission"`
	Language   string          `json:"language"` // "" if none was found
	Verdict    problem.Verdict `json:"verdict"`
	Score      *float64        `json:"score"`      // null if the problem has no scores
	BestScore  *float64        `json:"best_score"` // that a submission could have; null if the problem has no scores, or no bound
	Reason     string          `json:"reason"`

	// TimeLimit is the one by which the verdicts were given; 0 if nothing was run.
	TimeLimit time.Duration `json:"time_limit_ns"`

	// MemoryLimit is that of its runs; 0 if nothing was run, or without a limit.
	MemoryLimit int64 `json:"memory_limit_bytes"`

	// The largest of its cases.
	CPUTime    time.Duration `json:"cpu_time_ns"`
	WallTime   time.Duration `json:"wall_time_ns"`
	MemoryPeak int64         `json:"memory_peak_bytes"`

	Compile *Compile      `json:"compile"` // null if there was nothing to compile
	Groups  []GroupResult `json:"groups"`
	Cases   []CaseResult  `json:"cases"` // those that were judged, in the package's order

	Expected []problem.Verdict `json:"expected"` // final verdicts; null without an expectation
	Agrees   *bool             `json:"agrees"`
	Disagree string            `json:"disagreement,omitempty"` // in what, if it does not

	Provenance *Provenance `json:"provenance"`

	Audit *Audit `json:"audit,omitempty"` // of a farm; nil if it was not judged again
}

// An Audit says what other workers of a farm came to, who judged a submission again.
type Audit struct {
	Of      []string `json:"of"`                // the workers whose verdicts stand
	By      []string `json:"by"`                // those who judged again; null if nobody did
	Differs []string `json:"differs"`           // in what, for people; null or none if in nothing
	Missing string   `json:"missing,omitempty"` // why nobody judged again
}

// A Compile says how a submission was compiled.
type Compile struct {
	OK     bool            `json:"ok"`
	Cached bool            `json:"cached"`
	Output string          `json:"output"` // what the compiler wrote, shortened
	Report *sandbox.Report `json:"report"` // null if no compiler was started
}

// A GroupResult says how a group of cases was judged.
type GroupResult struct {
	Name    string          `json:"name"` // "" is the whole
	Verdict problem.Verdict `json:"verdict"`
	Score   *float64        `json:"score"`
}

// A CaseResult says how one case was judged.
type CaseResult struct {
	Name    string          `json:"name"`
	Verdict problem.Verdict `json:"verdict"`
	Score   *float64        `json:"score"`
	Reason  string          `json:"reason"`

	Checker      *CheckerResult  `json:"checker"`          // null if none was asked
	Measurements int             `json:"measurements"`     // how often it was run
	Passes       int             `json:"passes,omitempty"` // of a multi-pass problem
	Report       *sandbox.Report `json:"report"`           // null if nothing was run
	Cached       bool            `json:"cached,omitempty"` // out of the result cache: measured at an earlier time

	Interaction *Interaction `json:"interaction,omitempty"`

	// How far the times can be trusted, with the reasons against it; "" if nothing was run.
	Confidence Confidence `json:"confidence,omitempty"`
	Reasons    []string   `json:"confidence_reasons,omitempty"`

	// Measured are all measurements, if there was more than one; Nondeterministic says
	// that the submission's outputs, or what became of it, differed between them.
	Measured         []Measurement `json:"measured,omitempty"`
	Nondeterministic bool          `json:"nondeterministic,omitempty"`

	output string // a file with what the submission wrote, as long as it is there
}

// A CheckerResult is what a checker said.
type CheckerResult struct {
	ExitCode *int   `json:"exit_code"` // null for a built-in one, and one that a signal ended
	Message  string `json:"message"`   // for judges, shortened: it may tell the answer
	Team     string `json:"team_message,omitempty"`
}
