package report

import (
	"fmt"
	"strings"

	"judge/judge"
	"judge/judge/problem"
)

// order is that in which verdicts are listed.
var order = problem.Verdicts()

// What else [Counts] has a key for: submissions that are not as expected, all cases,
// those of them that came out of the result cache, submissions of hosts that cannot measure fairly,
// those that were audited, and those of them on which others came to something else.
const (
	odd     problem.Verdict = "odd"
	cases   problem.Verdict = "cases"
	cached  problem.Verdict = "cached"
	unfair  problem.Verdict = "unfair"
	audited problem.Verdict = "audited"
	differ  problem.Verdict = "differ"
)

// Counts has how many submissions came to each verdict.
type Counts map[problem.Verdict]int

// Add counts a result.
func (c Counts) Add(r *judge.Result) {
	c[r.Verdict]++
	if r.Agrees != nil && !*r.Agrees {
		c[odd]++
	}
	c[cases] += len(r.Cases)
	c[cached] += CachedCases(r)
	if r.Provenance != nil && len(r.Provenance.Unfair) > 0 {
		c[unfair]++
	}
	if r.Audit != nil && r.Audit.Missing == "" {
		c[audited]++
	}
	if r.Audit != nil && len(r.Audit.Differs) > 0 {
		c[differ]++
	}
}

// CachedCases is how many cases of a result came out of the result cache: their times were
// measured when another grading ran them.
func CachedCases(r *judge.Result) int {
	n := 0
	for _, one := range r.Cases {
		if one.Cached {
			n++
		}
	}
	return n
}

// Cached is a sentence that says how many cases came out of the result cache; "" if none did.
func (c Counts) Cached() string {
	if c[cached] == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d cases are out of the result cache: their times are those of an earlier grading.", c[cached], c[cases])
}

// Audited is a sentence that says how many submissions others judged again, and of how many these said something else; "" if none was.
func (c Counts) Audited() string {
	if c[audited] == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d submissions were audited; on %d the second worker differs.", c[audited], c.Submissions(), c[differ])
}

// Unfair is a sentence that says how many submissions were judged where times cannot be measured fairly; "" if none was.
func (c Counts) Unfair() string {
	if c[unfair] == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d submissions were judged on hosts that cannot measure fairly (their provenance says why): times tell of others, too.", c[unfair], c.Submissions())
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
