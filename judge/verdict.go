package judge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"judge/judge/check"
	"judge/judge/problem"
	"judge/sandbox"
)

// A Checked is what came of having an output checked.
type Checked struct {
	check.Outcome
	ExitCode *int // of the checker; nil for a built-in one, and one that did not end by itself
}

// rejects says that the checker's word is no, whatever else there is: neither all
// nor a part of what an answer is worth.
func (c *Checked) rejects() bool { return c.Verdict != problem.AC && c.Verdict != problem.PAC }

// An evidence is all that the verdict of a case is made of.
type evidence struct {
	Report  *sandbox.Report // nil: nothing was run (submit-answer)
	Limit   time.Duration   // of processor time; 0: whatever the report says
	Written outputBound
	Checked *Checked // nil: nobody was asked

	// RejectedFirst says that the interactor answered while the submission still
	// ran: if it said no, what that did afterwards does not count.
	RejectedFirst bool

	Empty bool  // it wrote nothing
	Talk  *talk // with an interactor; nil if there was none
}

// verdictOf decides on one case. The order is that of the formats: a fault of the
// checker's, the interactor's early rejection, TLE, MLE and RTE, OLE, the
// checker's word.
func verdictOf(e evidence) (problem.Verdict, string) {
	r := e.Report
	if e.Checked != nil && e.Checked.Verdict == problem.JE {
		return problem.JE, e.Checked.Reason
	}
	if r != nil && r.Status == sandbox.StatusError {
		return problem.JE, "the run of the submission: " + r.Reason
	}
	if e.RejectedFirst && e.Checked != nil && e.Checked.rejects() {
		return e.Checked.Verdict, why(e.Checked)
	}
	if r != nil && r.Status == sandbox.StatusCancelled {
		return problem.JE, "the run of the submission was cancelled: " + r.Reason
	}
	if r != nil {
		v, reason := verdictOfRun(r, e.Limit)
		if v == problem.AC || v == problem.RTE { // for want of room, perhaps
			if over := tooMuch(r, e.Written); over != "" {
				return problem.OLE, over
			}
		}
		if v != problem.AC {
			return v, reason
		}
	}
	switch {
	case e.Checked == nil:
		return problem.JE, "the output was not checked"
	case e.Checked.Verdict == problem.WA && e.Empty:
		return problem.WA, strings.TrimSuffix("no output: "+why(e.Checked), ": ")
	case e.Checked.Verdict == problem.AC:
		return problem.AC, ""
	}
	return e.Checked.Verdict, why(e.Checked)
}

// verdictOfRun is AC if the run gives no reason against it.
func verdictOfRun(r *sandbox.Report, limit time.Duration) (problem.Verdict, string) {
	// First of all: a run that was ended later, at the limit with a margin, says that one.
	if used := time.Duration(r.CPUTime); limit > 0 && used > limit {
		return problem.TLE, fmt.Sprintf("cpu-time: used %v of processor time, the limit is %v", used.Round(time.Microsecond), limit)
	}
	switch r.Status {
	case sandbox.StatusCPUTime, sandbox.StatusWallTime, sandbox.StatusIdleTime:
		return problem.TLE, string(r.Status) + ": " + r.Reason
	case sandbox.StatusMemory:
		return problem.MLE, r.Reason
	case sandbox.StatusOutput:
		return problem.OLE, r.Reason
	case sandbox.StatusSignal, sandbox.StatusNonzeroExit, sandbox.StatusSyscall, sandbox.StatusCannotStart:
		return problem.RTE, r.Reason
	}
	return problem.AC, ""
}

// An outputBound is the most that the streams of a run may hold together; 0 where the format
// counts each by itself. Where the package lets a submission write files, those count, too;
// where it does not, what lies in /tmp is a runtime's scratch, and the policy bounds it.
type outputBound struct {
	most  int64
	files bool
}

// filesRoom is how much more than the output limit a run's files may take before
// the next write fails: pages are whole, and what is above the limit is to be seen.
const filesRoom = 64 << 10

// tooMuch says that a run wrote more than it may; "" if it did not.
func tooMuch(r *sandbox.Report, bound outputBound) string {
	streams := r.StdoutBytes + r.StderrBytes
	switch {
	case bound.most == 0:
		return ""
	case bound.files && slices.Contains(r.LimitsHit, "disk"):
		return fmt.Sprintf("the files that it wrote filled the %d bytes of the output limit", bound.most)
	case bound.files && streams+r.FilesBytes > bound.most:
		return fmt.Sprintf("wrote %d bytes of files, %d to stdout and %d to stderr; the output limit is %d", r.FilesBytes, r.StdoutBytes, r.StderrBytes, bound.most)
	case streams > bound.most:
		return fmt.Sprintf("wrote %d bytes to stdout and %d to stderr; the output limit is %d", r.StdoutBytes, r.StderrBytes, bound.most)
	}
	return ""
}

// scoreOf is a case's score: the checker's word where that made the verdict, else
// what the rule has for what is not accepted.
func scoreOf(rule problem.CaseScore, v problem.Verdict, c *Checked) float64 {
	if c != nil && v == c.Verdict && v != problem.JE {
		return c.Score
	}
	return rule.Reject
}

// why is the checker's reason for not accepting, in one line.
func why(c *Checked) string {
	if c.Reason != "" {
		return c.Reason
	}
	return oneLine(c.Message)
}
