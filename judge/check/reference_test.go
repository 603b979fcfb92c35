package check

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The rules once more, as plainly as they can be written: all of it in memory,
// numbers by a regular expression and exact arithmetic.
var (
	referenceFloat = regexp.MustCompile(`^[+-]?([0-9]*\.[0-9]+|[0-9]+\.|[0-9]+)([eE][+-]?[0-9]+)?$`)
	referenceWord  = regexp.MustCompile(`[^ \f\n\r\t\v]+`)
)

func referenceNumber(word string) (*big.Rat, float64, bool) {
	if !referenceFloat.MatchString(word) {
		return nil, 0, false
	}
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return nil, 0, false
	}
	r, ok := new(big.Rat).SetString(word)
	if !ok || r.Sign() != 0 && math.Abs(f) < 0x1p-1022 {
		return nil, 0, false
	}
	return r, f, true
}

func reference(output, answer string, f Flags) bool {
	fold := func(s string) string {
		if f.CaseSensitive {
			return s
		}
		return regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(s, strings.ToLower)
	}
	if f.SpaceChangeSensitive {
		// The same white space in the same places.
		a, b := referenceWord.ReplaceAllString(output, "x"), referenceWord.ReplaceAllString(answer, "x")
		if a != b {
			return false
		}
	}
	s, a := referenceWord.FindAllString(output, -1), referenceWord.FindAllString(answer, -1)
	if len(s) != len(a) {
		return false
	}
	for i := range a {
		if !f.floats() || !referenceNear(s[i], a[i], f) {
			if _, _, number := referenceNumber(a[i]); f.floats() && number || fold(s[i]) != fold(a[i]) {
				return false
			}
		}
	}
	return true
}

func referenceNear(s, a string, f Flags) bool {
	x, xf, ok := referenceNumber(s)
	y, yf, okToo := referenceNumber(a)
	if !ok || !okToo {
		return false
	}
	d, size := new(big.Rat).Sub(x, y), new(big.Rat).Abs(y)
	d.Abs(d)
	df := math.Abs(xf - yf)
	if t := f.Absolute; t != nil && (d.Cmp(t.exact) <= 0 || df <= t.value) {
		return true
	}
	if t := f.Relative; t != nil && (d.Cmp(size.Mul(size, t.exact)) <= 0 || df <= t.value*math.Abs(yf)) {
		return true
	}
	return false
}

// texts makes an answer, and an output that differs from it here and there.
func texts(random *rand.Rand) (output, answer string) {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	number := func() string {
		switch random.IntN(8) {
		case 0:
			return strconv.FormatFloat(random.NormFloat64(), 'e', random.IntN(20), 64)
		case 1:
			return fmt.Sprintf("%de%d", random.IntN(1000), random.IntN(700)-350)
		case 2:
			return strconv.FormatFloat(random.Float64(), 'f', -1, 64)
		case 3:
			return pick("0", "-0", "+1", ".5", "1.", "00", "1e5", "1E5", "1e", "0x10", "nan", "inf", "-", ".", "1e-310", "1e400", "2.2250738585072014e-308")
		case 4:
			return fmt.Sprintf("%d%018d.%d", random.IntN(10), random.Int64N(1e18), random.IntN(1000))
		}
		return fmt.Sprintf("%.*f", random.IntN(4), float64(random.IntN(100))/10)
	}
	alter := func(word string) string {
		switch random.IntN(12) {
		case 0:
			return strings.ToUpper(word)
		case 1:
			return word + "0"
		case 2:
			return number()
		case 3:
			if f, err := strconv.ParseFloat(word, 64); err == nil {
				return strconv.FormatFloat(f+float64(random.IntN(5)-2)*0.1, 'g', -1, 64)
			}
		case 4:
			if f, err := strconv.ParseFloat(word, 64); err == nil {
				return strconv.FormatFloat(f*(1+float64(random.IntN(5)-2)*1e-6), 'g', -1, 64)
			}
		}
		return word
	}
	var s, a strings.Builder
	for range random.IntN(6) {
		word := number()
		if random.IntN(3) == 0 {
			word = pick("Yes", "no", "IMPOSSIBLE", "a\x00b", "É", "x1")
		}
		space := pick(" ", "\n", "  ", "\t", "\r\n", " \n")
		a.WriteString(word + space)
		if random.IntN(10) == 0 {
			space = pick(" ", "\n", "", "\v")
		}
		s.WriteString(alter(word) + space)
	}
	return s.String(), a.String()
}

// TestReference compares with the plain rules, at random, with buffers of all
// kinds of sizes.
func TestReference(t *testing.T) {
	flags := []Flags{}
	for _, text := range []string{"", "case_sensitive", "space_change_sensitive", "space_change_sensitive case_sensitive",
		"float_tolerance 0", "float_tolerance 1e-6", "float_tolerance 0.1", "float_absolute_tolerance 0.1", "float_relative_tolerance 1e-6",
		"float_absolute_tolerance 0.2 float_relative_tolerance 1e-6 case_sensitive", "float_tolerance 1e-6 space_change_sensitive", "float_relative_tolerance 1e300"} {
		flags = append(flags, flagsOf(t, text))
	}
	random := rand.New(rand.NewPCG(3, 4))
	accepted := 0
	for i := range 60000 {
		output, answer := texts(random)
		f, buffer := flags[i%len(flags)], 1+random.IntN(40)
		got, err := checkIn(strings.NewReader(output), strings.NewReader(answer), f, buffer)
		if want := reference(output, answer, f); err != nil || got.Accepted != want {
			t.Fatalf("%q against %q, %s, buffers of %d: accepted is %v (%v, %v), want %v", output, answer, f, buffer, got.Accepted, got.Difference, err, want)
		}
		if got.Accepted {
			accepted++
		}
	}
	if accepted < 6000 || accepted > 54000 {
		t.Errorf("%d of 60000 were accepted: this compares too little", accepted)
	}
}
