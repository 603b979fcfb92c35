package report

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// What a page keeps of the texts of all submissions together; afterwards they are cut
// short. A program can make every case's reason another one.
const (
	maxTexts  = 24 << 20
	longText  = 2000
	shortText = 160
	maxCases  = 200_000 // of one problem; no page shows more
)

// texts keeps each text once, by number; number 0 is "".
type texts struct {
	list  []string
	known map[string]int
	bytes int
}

func newTexts() *texts { return &texts{list: []string{""}, known: map[string]int{"": 0}} }

func (t *texts) number(s string, limit int) int {
	if t.bytes > maxTexts {
		limit = min(limit, shortText)
	}
	s = clip(s, limit)
	n, known := t.known[s]
	if !known {
		n = len(t.list)
		t.list, t.known[s] = append(t.list, s), n
		t.bytes += len(s)
	}
	return n
}

// A course is what a page knows of a problem. Its cases are numbered as they first
// come; Order is the package's order, as far as the submissions show it.
type course struct {
	Name  string   `json:"name"`
	Cases []string `json:"cases"`
	Order []int    `json:"order"`

	counts Counts
	number map[string]int
}

// place numbers the case of a result, which came after the one at place before in
// Order, and returns number and place. -1 is a case too many.
func (c *course) place(name string, before int) (int, int) {
	n, known := c.number[name]
	if known {
		// Cases mostly come in order: the next one first.
		if next := before + 1; next < len(c.Order) && c.Order[next] == n {
			return n, next
		}
		return n, slices.Index(c.Order, n)
	}
	if len(c.Cases) >= maxCases {
		return -1, before
	}
	n = len(c.Cases)
	c.number[name], c.Cases = n, append(c.Cases, clip(name, shortText))
	c.Order = slices.Insert(c.Order, before+1, n)
	return n, before + 1
}

// A row is a submission as the page's script reads it, an array: see names in
// page/data.js. Times are tenths of milliseconds, sizes KiB.
type row [20]any

// letters stand for the verdicts of cases.
var letters = map[problem.Verdict]byte{problem.AC: 'A', problem.PAC: 'P', problem.WA: 'W', problem.TLE: 'T', problem.MLE: 'M',
	problem.OLE: 'O', problem.RTE: 'R', problem.CE: 'C', problem.JE: 'J'}

func ticks(d time.Duration) int64 { return int64((d + 50*time.Microsecond) / (100 * time.Microsecond)) }

func kib(bytes int64) int64 { return (bytes + 1023) / 1024 }

// rowOf makes the row of a result, and tells the course and the texts what is new.
func rowOf(r *judge.Result, at int, c *course, t *texts) row {
	agrees := -1
	if r.Agrees != nil {
		agrees = 0
		if *r.Agrees {
			agrees = 1
		}
	}
	expected := make([]string, len(r.Expected))
	for i, v := range r.Expected {
		expected[i] = string(v)
	}
	groups := [][]any{}
	for _, g := range r.Groups {
		if g.Name != "" {
			groups = append(groups, []any{t.number(g.Name, shortText), g.Verdict, g.Score})
		}
	}
	compile := 0
	if r.Compile != nil && r.Compile.Output != "" {
		compile = t.number(r.Compile.Output, longText)
	}
	source := ""
	if r.Provenance != nil {
		source = r.Provenance.Source
	}
	v := casesOf(r, c, t)
	return row{at, clip(r.Submission, 300), clip(r.Language, 40), r.Verdict, r.Score, r.BestScore, ticks(r.CPUTime), ticks(r.WallTime), kib(r.MemoryPeak),
		ticks(r.TimeLimit), kib(r.MemoryLimit), t.number(r.Reason, longText), agrees, t.number(strings.Join(expected, " or "), shortText),
		t.number(r.Disagree, longText), groups, v, compile, t.number(provenanceText(r.Provenance), longText), source}
}

// caseColumns are the cases of a submission, column by column.
type caseColumns struct {
	Numbers  []int      `json:"n,omitempty"` // of the cases; none if they are 0, 1, 2, …
	Verdicts string     `json:"v"`           // a letter each
	Times    []int64    `json:"t"`
	Memory   []int64    `json:"m"`
	Scores   []*float64 `json:"s,omitempty"` // none if no case has one
	Cached   string     `json:"c,omitempty"` // 1 for each that is out of the result cache, 0 for each other; none if none is
	Details  [][4]int   `json:"d,omitempty"` // by place: place in these columns, reason, checker's message, clock
}

func casesOf(r *judge.Result, c *course, t *texts) caseColumns {
	k := caseColumns{Times: []int64{}, Memory: []int64{}}
	var numbers []int
	var letter, cached []byte
	var scores []*float64
	plain, scored, old, failures, last := true, false, false, 0, -1
	for _, one := range r.Cases {
		var n int
		if n, last = c.place(one.Name, last); n < 0 {
			break
		}
		plain = plain && n == len(numbers)
		numbers, letter, scores = append(numbers, n), append(letter, letters[one.Verdict]), append(scores, one.Score)
		scored = scored || one.Score != nil
		mark := byte('0')
		if one.Cached {
			mark, old = '1', true
		}
		cached = append(cached, mark)
		took, memory := int64(0), int64(0)
		if one.Report != nil {
			took = ticks(time.Duration(one.Report.CPUTime))
			if one.Report.MemoryPeak != nil {
				memory = kib(*one.Report.MemoryPeak)
			}
		}
		k.Times, k.Memory = append(k.Times, took), append(k.Memory, memory)
		message := ""
		if one.Checker != nil {
			message = one.Checker.Message
		}
		clock := clockText(one, r.TimeLimit)
		if one.Reason == "" && message == "" && clock == "" {
			continue
		}
		limit := shortText
		if one.Verdict != problem.AC {
			if failures++; failures == 1 {
				limit = longText // the one that people look at
			}
		}
		k.Details = append(k.Details, [4]int{len(numbers) - 1, t.number(one.Reason, limit), t.number(message, limit), t.number(clock, longText)})
	}
	k.Verdicts = string(letter)
	if !plain {
		k.Numbers = numbers
	}
	if scored {
		k.Scores = scores
	}
	if old {
		k.Cached = string(cached)
	}
	return k
}

// provenanceText is a provenance without what is each submission's own, as JSON.
func provenanceText(p *judge.Provenance) string {
	if p == nil {
		return ""
	}
	common := *p
	common.Source = ""
	text, err := json.Marshal(common)
	if err != nil {
		return "" // it holds strings only
	}
	return string(text)
}
