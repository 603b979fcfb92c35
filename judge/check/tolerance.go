package check

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// A Tolerance is how far a number may be from the answer's, exactly as written.
type Tolerance struct {
	value float64
	exact *big.Rat
	text  string
}

// ParseTolerance reads one: a number of the package format, not negative.
func ParseTolerance(text string) (*Tolerance, error) {
	var n number
	if !n.parse([]byte(text)) {
		return nil, fmt.Errorf("tolerance %q is not a number such as 1e-6", text)
	}
	if n.neg && n.mant != 0 {
		return nil, fmt.Errorf("tolerance %q is negative", text)
	}
	return &Tolerance{value: math.Abs(n.rounded()), exact: n.rat(), text: text}, nil
}

// Value is the closest float64.
func (t *Tolerance) Value() float64 { return t.value }

// String is the tolerance as it was written.
func (t *Tolerance) String() string { return t.text }

// within says whether s is close enough to the answer a: |s-a| <= absolute, or
// |s-a| <= relative × |a|, of the numbers as they are written, or as the closest
// float64s. (The format lets a system compare those; where the one says yes and
// the other no, by a hair, nobody's answer is called wrong for rounding.)
func within(s, a *number, f Flags) bool {
	x, sure := s.approximate()
	y, sureToo := a.approximate()
	d := math.Abs(x - y)
	limit := f.limit(y)
	if sure && sureToo && d <= limit {
		return true
	}
	// How wrong d and limit may be.
	slack := 2e-15*(math.Abs(x)+math.Abs(y)) + 8e-15*limit
	switch {
	case d < limit-slack:
		return true
	case d > limit+slack:
		return false
	}
	x, y = s.rounded(), a.rounded()
	return math.Abs(x-y) <= f.limit(y) || f.exactly(s.rat(), a.rat())
}

// limit is how far a number may be from y.
func (f Flags) limit(y float64) float64 {
	limit := 0.0
	if f.Absolute != nil {
		limit = f.Absolute.value
	}
	if f.Relative != nil {
		limit = max(limit, f.Relative.value*math.Abs(y))
	}
	return limit
}

func (f Flags) exactly(s, a *big.Rat) bool {
	d := new(big.Rat).Sub(s, a)
	d.Abs(d)
	if f.Absolute != nil && d.Cmp(f.Absolute.exact) <= 0 {
		return true
	}
	return f.Relative != nil && d.Cmp(a.Mul(a.Abs(a), f.Relative.exact)) <= 0
}

// distance tells how far s is from the answer a.
func (s *number) distance(a *number) string {
	x, y := s.rounded(), a.rounded()
	d := math.Abs(x - y)
	text := "they differ by " + strconv.FormatFloat(d, 'g', 6, 64)
	if y != 0 {
		text += ", relative to the answer " + strconv.FormatFloat(d/math.Abs(y), 'g', 6, 64)
	}
	return text
}
