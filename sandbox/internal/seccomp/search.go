package seccomp

import "math"

// A search is the comparisons by which a program finds the case of a word.
type search struct {
	place
	code    uint16 // opEqual or opAtLow; 0 where nothing is left to compare
	k       uint32
	yes, no *search
	to      *node // with code 0
}

// What comparisons cost is counted when the filter is installed. The kernel
// translates each, and then runs the filter for every call number that it has,
// to remember those that are allowed whatever their arguments
// (seccomp_cache_prepare, kernel/seccomp.c). Measured: 0.115 us an instruction,
// 0.93 us one more instruction on the way of all of its 470 numbers.
const (
	costOfTest    = 58 // as much as that many numbers that pass through a test
	cachedNumbers = 470

	// widest is the number of cases for which the cheapest search is looked for;
	// more are halved first.
	widest = 128
	// longest is the largest number of cases for which a chain is looked at.
	longest = 17
)

// weighNumbers is how many of the numbers that the kernel tries are in a span of calls' numbers.
func weighNumbers(from, last uint32) int {
	return min(int(last)+1, cachedNumbers) - min(int(from), cachedNumbers)
}

// weighArguments keeps paths short where the kernel tries nothing.
func weighArguments(_, _ uint32) int { return 1 }

// cheapest is the search for the cases of a word.
func cheapest(cases []span, weigh func(from, last uint32) int) *search {
	if len(cases) > widest {
		half := len(cases) / 2
		return &search{code: opAtLow, k: cases[half].from, yes: cheapest(cases[half:], weigh), no: cheapest(cases[:half], weigh)}
	}
	t := table{cases: cases, passing: make([]int, len(cases)+1), best: make([][]plan, len(cases))}
	for i := range cases {
		t.passing[i+1] = t.passing[i] + weigh(cases[i].from, t.last(i))
		t.best[i] = make([]plan, len(cases)+1)
	}
	for length := 2; length <= len(cases); length++ {
		for i := 0; i+length <= len(cases); i++ {
			t.best[i][i+length] = t.plan(i, i+length)
		}
	}
	return t.search(0, len(cases))
}

// table has the best plan for each run of cases, from the i-th to before the j-th.
type table struct {
	cases   []span
	passing []int // of the cases before the i-th, what passes through
	best    [][]plan
}

// plan is one way to search a run: split it before a case, or ask for every
// single value that does not lead where the others do, one after the other.
type plan struct {
	cost  int
	split int   // 0 for a chain
	rest  *node // of a chain: where the others lead
}

func (t *table) last(i int) uint32 {
	if i+1 < len(t.cases) {
		return t.cases[i+1].from - 1
	}
	return math.MaxUint32 // or, of half the cases, more than there are: as good
}

func (t *table) plan(i, j int) plan {
	best := t.chain(i, j, t.cases[i].to)
	if other := t.chain(i, j, t.cases[i+1].to); other.cost < best.cost {
		best = other
	}
	for at := i + 1; at < j; at++ {
		cost := costOfTest + t.passing[j] - t.passing[i] + t.best[i][at].cost + t.best[at][j].cost
		if cost < best.cost {
			best = plan{cost: cost, split: at}
		}
	}
	return best
}

func (t *table) chain(i, j int, rest *node) plan {
	p := plan{rest: rest}
	if j-i > longest {
		return plan{cost: math.MaxInt}
	}
	passing := t.passing[j] - t.passing[i]
	for ; i < j; i++ {
		if t.cases[i].to == rest {
			continue
		}
		if t.last(i) != t.cases[i].from {
			return plan{cost: math.MaxInt}
		}
		p.cost += costOfTest + passing
		passing -= t.passing[i+1] - t.passing[i]
	}
	return p
}

func (t *table) search(i, j int) *search {
	if j-i == 1 {
		return &search{to: t.cases[i].to}
	}
	p := t.best[i][j]
	if p.split > 0 {
		return &search{code: opAtLow, k: t.cases[p.split].from, yes: t.search(p.split, j), no: t.search(i, p.split)}
	}
	s := &search{to: p.rest}
	for j--; j >= i; j-- {
		if c := t.cases[j]; c.to != p.rest {
			s = &search{code: opEqual, k: c.from, yes: &search{to: c.to}, no: s}
		}
	}
	return s
}
