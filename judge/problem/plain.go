package problem

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// plainTime is the time limit of a folder that gives none.
const plainTime = 10 * time.Second

// plain reads a folder of NAME.in and NAME.ans or NAME.out. There is nothing else in
// it but, if somebody wants, a .timelimit and submissions/ as in a Kattis package.
func (r *reader) plain() {
	p := r.problem
	p.WriteFiles = true
	p.Limits = kattisDefaults()
	p.Limits.Timing = Timing{Lower: 5, Upper: 2, Resolution: time.Second}
	p.Checkers = []*Checker{{Kind: CheckDefault}}
	checks := []Check{{Checker: p.Checkers[0]}}
	secret := &Group{Name: "secret", Rule: unbounded()}
	secret.Rule.Break = true
	p.Root = &Group{Rule: secret.Rule, Items: []Item{{Group: secret}}}
	r.plainCases(secret, checks)
	r.domjudge()
	r.legacySubmissions()
	if p.Limits.Time == 0 && !slices.ContainsFunc(p.Submissions, (*Submission).boundsBelow) {
		p.Limits.Time, p.Limits.TimeFrom = plainTime, "default"
	}
}

// plainCases reads the pairs of files, in the order in which people count.
func (r *reader) plainCases(secret *Group, checks []Check) {
	byName := map[string]entry{}
	var names []string
	for _, e := range r.list("") {
		if e.dir {
			continue
		}
		byName[e.name] = e
		if base, ok := strings.CutSuffix(e.name, ".in"); ok {
			names = append(names, base)
		}
	}
	slices.SortFunc(names, compareNatural)
	for _, base := range names {
		c := &Case{Name: "secret/" + base, Input: byName[base+".in"].host, Checks: checks, Score: CaseScore{File: FileIgnored, Multiplier: FileIgnored}}
		ans, hasAns := byName[base+".ans"]
		out, hasOut := byName[base+".out"]
		switch {
		case hasAns:
			c.Answer = ans.host
			if hasOut {
				r.warn(Duplicate, Place{File: base + ".out"}, "is ignored, since there is %s.ans", base)
			}
		case hasOut:
			c.Answer = out.host
		default:
			r.fail(NoAnswer, Place{File: base + ".in"}, "has no answer file %s.ans or %s.out", base, base)
		}
		r.problem.Cases = append(r.problem.Cases, c)
		secret.Items = append(secret.Items, Item{Case: c})
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		base, ok := strings.CutSuffix(name, ".ans")
		if _, in := byName[base+".in"]; ok && !in {
			r.warn(NoInput, Place{File: name}, "is ignored: there is no %s.in", base)
		}
	}
}

// compareNatural orders names as people count: 2 before 10.
func compareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx == "" || dy == "" {
			if x[0] != y[0] {
				return int(x[0]) - int(y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		nx, ny := strings.TrimLeft(dx, "0"), strings.TrimLeft(dy, "0")
		if len(nx) != len(ny) {
			return len(nx) - len(ny)
		}
		if c := strings.Compare(nx, ny); c != 0 {
			return c
		}
		x, y = x[len(dx):], y[len(dy):]
	}
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(a, b)
}

// digits are the digits at the start of s.
func digits(s string) string {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n]
}
