package check

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"judge/judge/problem"
	"judge/sandbox"
)

// An Outcome is what a checker says of one output.
type Outcome struct {
	// Verdict is AC, WA, PAC (a checker's own word for partly right) or JE.
	Verdict problem.Verdict

	// Score is the case's, by the rule that was given. It means nothing with JE.
	Score float64

	// NextPass says that the checker accepted, and wants the submission to run
	// again on the nextpass.in that it left.
	NextPass bool

	// Message is for judges, Team for the solver: shortened, valid UTF-8.
	Message, Team string

	// Reason says with JE what is wrong with the checker, for a person.
	Reason string
}

// messageLength bounds a checker's message.
const messageLength = 16 << 10

// message makes a checker's bytes fit to be shown.
func message(b []byte) string {
	tail := ""
	if len(b) > messageLength {
		b, tail = b[:messageLength], "\n[...]"
	}
	text := strings.ToValidUTF8(string(b), "\uFFFD")
	return strings.TrimSpace(strings.ReplaceAll(text, "\x00", "\uFFFD")) + tail
}

// failed is the outcome of a checker that broke its protocol.
func failed(format string, args ...any) Outcome {
	return Outcome{Verdict: problem.JE, Reason: fmt.Sprintf(format, args...)}
}

// exited says by which status a checker ended by itself, or what else became of it.
func exited(r sandbox.Report) (code int, fault string) {
	if r.ExitCode != nil && (r.Status == sandbox.StatusOK || r.Status == sandbox.StatusNonzeroExit) {
		return *r.ExitCode, ""
	}
	if r.Reason == "" {
		return 0, fmt.Sprintf("the checker did not end by itself: %s", r.Status)
	}
	return 0, fmt.Sprintf("the checker did not end by itself: %s (%s)", r.Status, r.Reason)
}

// given is what a checker says about the score: the score itself, or the share
// of the case's maximum; nil if it does not say.
type given struct {
	score, share         *float64
	scoreFrom, shareFrom string // where that stands, for messages
}

// scored gives the outcome its score, or finds the checker at fault.
func (o Outcome) scored(g given, rule problem.CaseScore) Outcome {
	if rule.File == problem.FileIgnored {
		g.score = nil
	}
	if rule.Multiplier == problem.FileIgnored {
		g.share = nil
	}
	what, accepted := "", o.Verdict != problem.WA
	switch {
	case g.score != nil && g.share != nil:
		what = fmt.Sprintf("both %s and %s", g.scoreFrom, g.shareFrom)
	case g.score != nil && rule.File == problem.FileForbidden:
		what = fmt.Sprintf("%s, which this case may not have", g.scoreFrom)
	case g.share != nil && rule.Multiplier == problem.FileForbidden:
		what = fmt.Sprintf("%s, which this case may not have", g.shareFrom)
	case (g.score != nil || g.share != nil) && !accepted && !rule.OnReject:
		what = fmt.Sprintf("%s for an output that it rejects", g.scoreFrom+g.shareFrom)
	case g.score != nil && *g.score > rule.Max:
		what = fmt.Sprintf("a score of %v, above the case's maximum of %v", *g.score, rule.Max)
	case g.score != nil && *g.score < 0 && !rule.OnReject:
		// Where scores of rejected outputs count (legacy), they may be below zero too.
		what = fmt.Sprintf("a score of %v, below zero", *g.score)
	case g.score == nil && rule.File == problem.FileRequired && accepted && !o.NextPass:
		return failed("the checker accepts and gives no score, though this case has no other")
	}
	if what != "" {
		return failed("the checker gives %s", what)
	}
	switch {
	case g.score != nil:
		o.Score = *g.score
	case g.share != nil:
		o.Score = *g.share * rule.Max
	case accepted:
		o.Score = rule.Accept
	default:
		o.Score = rule.Reject
	}
	return o
}

// float reads a number of the package format, white space around it allowed.
func float(b []byte) (float64, error) {
	word := bytes.Trim(b, " \f\n\r\t\v")
	var n number
	if !n.parse(word) {
		return 0, fmt.Errorf("%s is not one number", strconv.QuoteToASCII(excerpt(word, 0)))
	}
	return n.rounded(), nil
}
