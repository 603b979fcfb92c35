package grading

import (
	"bytes"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// TestTableHostile: a submission gets one line, and says nothing to the terminal, whatever
// it is called and the checker or the compiler repeats of it.
func TestTableHostile(t *testing.T) {
	evil, no := "a\x1b[2J\n\u202eb.c\tc\tAC\x9b\xff", false
	r := &judge.Result{Submission: evil, Language: "c", Verdict: problem.WA, Reason: evil, Disagree: evil, Agrees: &no,
		Groups: []judge.GroupResult{{Name: evil, Verdict: problem.WA}}}
	var b bytes.Buffer
	if err := table(&b, []tableRow{newTableRow(0, false, r)}, report.Counts{}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines != 4 { // head, row, and the sum below a gap
		t.Errorf("%d lines: %q", lines, &b)
	}
	if strings.ContainsAny(b.String(), "\x1b\t\u202e\u009b") || !strings.Contains(b.String(), "a\uFFFD[2J\uFFFD\uFFFDb.c\uFFFDc\uFFFDAC\uFFFD\uFFFD") {
		t.Errorf("%q", &b)
	}
}
