package report

import (
	"fmt"
	"strings"

	"judge/judge"
	"judge/judge/problem"
)

// order is that in which verdicts are listed.
var order = []problem.Verdict{problem.AC, problem.PAC, problem.WA, problem.TLE, problem.MLE, problem.OLE, problem.RTE, problem.CE, problem.JE}

// odd is the key under which [Counts] has those that are not as expected.
const odd problem.Verdict = "odd"

// Counts has how many submissions came to each verdict.
type Counts map[problem.Verdict]int

// Add counts a result.
func (c Counts) Add(r *judge.Result) {
	c[r.Verdict]++
	if r.Agrees != nil && !*r.Agrees {
		c[odd]++
	}
}

// Submissions is how many were counted.
func (c Counts) Submissions() int {
	n := 0
	for _, v := range order {
		n += c[v]
	}
	return n
}

// Words lists verdicts with their numbers: "10 AC, 2 WA".
func (c Counts) Words() string {
	var parts []string
	for _, v := range order {
		if c[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

// String is one line: "12 submissions: 10 AC, 2 WA; 1 not as expected".
func (c Counts) String() string {
	text := fmt.Sprintf("%d submissions", c.Submissions())
	if c.Submissions() == 1 {
		text = "1 submission"
	}
	if words := c.Words(); words != "" {
		text += ": " + words
	}
	if c[odd] > 0 {
		text += fmt.Sprintf("; %d not as expected", c[odd])
	}
	return text
}

// Verdicts has the numbers of the verdicts alone.
func (c Counts) Verdicts() map[problem.Verdict]int {
	n := map[problem.Verdict]int{}
	for _, v := range order {
		if c[v] > 0 {
			n[v] = c[v]
		}
	}
	return n
}
