package grading

import (
	"bytes"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// TestTableCached: a column says whose times are of an earlier grading, where there are such, and the sum says it in words.
func TestTableCached(t *testing.T) {
	old := &judge.Result{Submission: "old.c", Language: "c", Verdict: problem.AC, Cases: []judge.CaseResult{{Name: "1", Cached: true}, {Name: "2"}}}
	fresh := &judge.Result{Submission: "new.c", Language: "c", Verdict: problem.AC, Cases: []judge.CaseResult{{Name: "1"}, {Name: "2"}}}
	for _, c := range []struct {
		name string
		list []*judge.Result
		want string
	}{
		{"some", []*judge.Result{fresh, old}, `SUBMISSION  LANGUAGE  VERDICT  CPU TIME  MEMORY   CACHED  EXPECTED  REASON
new.c       c         AC       0s        0.0 MiB  -       -         
old.c       c         AC       0s        0.0 MiB  1 of 2  -         

2 submissions: 2 AC
1 of 4 cases are out of the result cache: their times are those of an earlier grading. --fresh measures anew.
`},
		{"none", []*judge.Result{fresh}, `SUBMISSION  LANGUAGE  VERDICT  CPU TIME  MEMORY   EXPECTED  REASON
new.c       c         AC       0s        0.0 MiB  -         

1 submission: 1 AC
`},
	} {
		counts, rows := report.Counts{}, []tableRow{}
		for i, r := range c.list {
			counts.Add(r)
			rows = append(rows, newTableRow(i, false, r))
		}
		var b bytes.Buffer
		if err := table(&b, rows, counts); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, &b, c.want)
		}
	}
}

// TestTableHostile: a submission gets one line, and says nothing to the terminal, whatever
// it is called and the checker or the compiler repeats of it; nor does a worker of a farm that makes something up.
func TestTableHostile(t *testing.T) {
	evil, no := "a\x1b[2J\n\u202eb.c\tc\tAC\x9b\xff", false
	r := &judge.Result{Submission: evil, Language: evil, Verdict: problem.Verdict(evil), Reason: evil, Disagree: evil, Agrees: &no,
		Groups: []judge.GroupResult{{Name: evil, Verdict: problem.Verdict(evil)}}}
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
