package check

import (
	"math"
	"math/big"
	"strconv"
)

// A number reads a token as a floating-point number of the package format:
//
//	[+-]?(d*.d+|d+.|d+)([eE][+-]?d+)?
//
// in pieces, if need be. sscanf, which established validators use, takes hex,
// inf and nan besides, "100e", and stops at a NUL byte.
type number struct {
	state  state
	neg    bool
	frac   bool   // behind the point
	mant   uint64 // the first significant digits, up to mantDigits
	digits int64  // significant digits there were, without leading zeros
	exp    int64  // of mant, in powers of ten, less the exponent that is written out
	eNeg   bool
	e      int64 // the exponent that is written out, up to maxExponent

	src     []byte // the token, if it is whole
	keeping bool
	kept    []byte // the first significant digits, up to keptDigits, if keeping
	lost    bool   // of the digits behind those one is not zero
}

type state byte

const (
	start     state = iota // nothing yet
	signed                 // a sign
	integer                // digits
	point                  // a point, and digits before it
	lonePoint              // a point, and no digits before it
	fraction               // digits behind the point
	exponent               // an e
	expSigned              // its sign
	expDigits              // its digits
	noNumber
)

const (
	mantDigits = 19 // what always fits into 64 bits
	// Of a decimal number that many digits decide how it is rounded to a
	// float64 (767, and whether there is anything behind them).
	keptDigits = 800
	// maxExponent is far beyond any that matters: it is larger than what the
	// digits of the longest token can move.
	maxExponent = int64(1) << 60
)

// reset begins a token; keep keeps its digits for an exact look.
func (n *number) reset(keep bool) {
	*n = number{keeping: keep, kept: n.kept[:0]}
}

// parse reads a whole token, which must not change as long as n is used.
func (n *number) parse(b []byte) bool {
	n.reset(false)
	n.feed(b)
	n.src = b
	return n.end()
}

// feed reads a piece.
func (n *number) feed(b []byte) {
	for _, x := range b {
		if digit := x - '0'; digit <= 9 {
			n.digit(digit)
		} else {
			n.mark(x)
		}
		if n.state == noNumber {
			return
		}
	}
}

func (n *number) digit(digit byte) {
	switch n.state {
	case start, signed:
		n.state = integer
	case point, lonePoint:
		n.state = fraction
	case exponent, expSigned, expDigits:
		n.state = expDigits
		if n.e < maxExponent/16 {
			n.e = n.e*10 + int64(digit)
		}
		return
	}
	if n.digits > 0 || digit > 0 {
		n.significant(digit)
	} else if n.frac {
		n.exp--
	}
}

func (n *number) significant(digit byte) {
	n.digits++
	if n.digits <= mantDigits {
		n.mant = n.mant*10 + uint64(digit)
		if n.frac {
			n.exp--
		}
	} else if !n.frac {
		n.exp++
	}
	if !n.keeping {
		return
	}
	if len(n.kept) < keptDigits {
		n.kept = append(n.kept, '0'+digit)
	} else if digit > 0 {
		n.lost = true
	}
}

// mark reads what is not a digit.
func (n *number) mark(x byte) {
	switch {
	case (x == '+' || x == '-') && n.state == start:
		n.neg, n.state = x == '-', signed
	case (x == '+' || x == '-') && n.state == exponent:
		n.eNeg, n.state = x == '-', expSigned
	case x == '.' && (n.state == start || n.state == signed):
		n.frac, n.state = true, lonePoint
	case x == '.' && n.state == integer:
		n.frac, n.state = true, point
	case (x == 'e' || x == 'E') && (n.state == integer || n.state == point || n.state == fraction):
		n.state = exponent
	default:
		n.state = noNumber
	}
}

// mayBe says whether what was read can still become a number.
func (n *number) mayBe() bool { return n.state != noNumber }

// end says whether what was read is a number that a float64 holds as zero or as
// a normal number. Others have fewer than the 52 bits of mantissa that the
// format wants, and stay text.
func (n *number) end() bool {
	switch n.state {
	case integer, point, fraction, expDigits:
	default:
		return false
	}
	if n.eNeg {
		n.e = -n.e
	}
	n.exp += n.e
	if n.mant == 0 {
		return true
	}
	if m := n.magnitude(); -300 < m && m < 300 {
		return true
	}
	if m := n.magnitude(); m < -400 || m > 400 {
		return false
	}
	f := math.Abs(n.rounded())
	return f >= 0x1p-1022 && !math.IsInf(f, 0)
}

// magnitude of a number that is not zero: it is in [10^(m-1), 10^m).
func (n *number) magnitude() int64 { return min(n.digits, mantDigits) + n.exp }

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// approximate is the value to within a part in 10^15, and whether it is the
// closest float64: with both factors exact, one rounding remains.
func (n *number) approximate() (float64, bool) {
	if n.mant == 0 {
		return 0, true
	}
	if m := n.magnitude(); m < -280 || m > 300 {
		return n.rounded(), true
	}
	f := float64(n.mant)
	exact := n.mant < 1<<53 && n.digits <= mantDigits
	switch {
	case n.exp >= 0 && n.exp < int64(len(powers)):
		f *= powers[n.exp]
	case n.exp < 0 && -n.exp < int64(len(powers)):
		f /= powers[-n.exp]
	default:
		f *= math.Pow10(int(n.exp))
		exact = false
	}
	if n.neg {
		f = -f
	}
	return f, exact
}

// decimal is the number as text, of bounded length.
func (n *number) decimal() string {
	if n.mant == 0 {
		return "0"
	}
	if !n.keeping {
		n.again()
	}
	text := make([]byte, 0, len(n.kept)+32)
	if n.neg {
		text = append(text, '-')
	}
	text = append(text, n.kept...)
	exp := n.exp - (int64(len(n.kept)) - min(n.digits, mantDigits))
	if n.lost {
		text = append(text, '1')
		exp--
	}
	text = append(text, 'e')
	return string(strconv.AppendInt(text, exp, 10))
}

// again reads the token once more, and keeps its digits.
func (n *number) again() {
	src, exp := n.src, n.exp
	n.reset(true)
	n.feed(src)
	n.src, n.exp = src, exp
}

// rounded is the closest float64.
func (n *number) rounded() float64 {
	// The grammar is the same; out of range is ±Inf or 0, which is what is wanted.
	f, _ := strconv.ParseFloat(n.decimal(), 64)
	return f
}

// rat is the value, exact up to keptDigits digits.
func (n *number) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(n.decimal())
	if !ok {
		panic("check: a decimal that is none: " + n.decimal())
	}
	return r
}
