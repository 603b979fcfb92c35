// Package report makes of results what people and other programs look at: a page
// of HTML, JUnit XML, Gradescope's results.json, annotations for GitHub, and what
// changed between two gradings.
//
// Each is a [Sink]: results go in one by one, as they come, and what is kept of each is
// small, so that a batch of many thousands costs neither memory nor time. Nothing
// here runs, opens or looks up anything; the same results make the same bytes.
//
// What comes from a submission (its name, its output in a checker's words, a
// compiler's messages) is hostile: it is escaped where it is written, bytes that a form
// cannot hold become U+FFFD, and its length is bounded.
package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"judge/judge"
	"judge/judge/problem"
)

// A Sink makes one report of results. Close writes what is left; it does not close
// the writer. An error of the writer's comes back from either.
type Sink interface {
	Add(*judge.Result) error
	Close() error
}

// failed says whether a result is bad news: it is judge's own error, it is not what
// was expected, or, where nothing was expected, it is not accepted.
func failed(r *judge.Result) bool {
	switch {
	case r.Verdict == problem.JE:
		return true
	case r.Agrees != nil:
		return !*r.Agrees
	}
	return r.Verdict != problem.AC
}

// news is what a failed result's failure is, in one line.
func news(r *judge.Result) string {
	switch {
	case r.Disagree != "" && r.Reason != "":
		return r.Disagree + " (" + r.Reason + ")"
	case r.Disagree != "":
		return r.Disagree
	case r.Reason != "":
		return r.Reason
	}
	return string(r.Verdict)
}

// clip shortens a text to about n bytes of valid UTF-8.
func clip(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Cell keeps a text in its place on a terminal: what would move the cursor, end the
// line, go to another column or turn the direction of writing becomes U+FFFD.
func Cell(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return utf8.RuneError
		}
		return r
	}, s)
}
