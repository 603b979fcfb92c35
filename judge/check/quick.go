package check

import "math"

// fold and exact are what bytes are compared by: all white space is one value,
// that no byte has.
var fold, exact = func() (f, e [256]uint16) {
	for i := range f {
		f[i], e[i] = uint16(lower[i]), uint16(i)
		if isSpace[i] {
			f[i], e[i] = white, white
		}
	}
	return f, e
}()

const white = 256

// quick passes over the tokens that are surely right and wholly in both buffers.
// What it stops at is for the others to judge; it is there for speed only.
func (c *comparer) quick() {
	table := &fold
	if c.flags.CaseSensitive {
		table = &exact
	}
	floats, limits := c.flags.floats(), c.flags.limits()
	s, a := c.output.rest(), c.answer.rest()
	i, j := 0, 0         // where we are
	sDone, aDone := 0, 0 // up to where all is right
	for {
		var right bool
		if i, j, right = c.flags.gap(s, a, i, j); !right {
			break
		}
		sWord, aWord := i, j
		right = false
		for i < len(s) && j < len(a) {
			if x := table[s[i]]; x != table[a[j]] {
				break
			} else if x == white {
				right = true
				break
			}
			i++
			j++
		}
		if !right && floats {
			i, j, right = limits.near(s, a, sWord, aWord)
		}
		if !right {
			break
		}
		sDone, aDone = i, j
		c.token++
	}
	c.output.advance(sDone)
	c.answer.advance(aDone)
}

// gap passes over the white space from s[i] and a[j] on, and says whether it is
// right.
func (f Flags) gap(s, a []byte, i, j int) (int, int, bool) {
	if f.SpaceChangeSensitive {
		for i < len(s) && j < len(a) && isSpace[s[i]] && s[i] == a[j] {
			i++
			j++
		}
		return i, j, i < len(s) && j < len(a) && !isSpace[s[i]] && !isSpace[a[j]]
	}
	lines := 0
	for i < len(s) && isSpace[s[i]] {
		if s[i] == '\n' {
			lines++
		}
		i++
	}
	for j < len(a) && isSpace[a[j]] {
		if a[j] == '\n' {
			lines--
		}
		j++
	}
	return i, j, lines == 0 || !f.lines
}

// limits are tolerances, -1 if not set.
type limits struct{ absolute, relative float64 }

func (f Flags) limits() limits {
	l := limits{-1, -1}
	if f.Absolute != nil {
		l.absolute = f.Absolute.value
	}
	if f.Relative != nil {
		l.relative = f.Relative.value
	}
	return l
}

// near says whether the tokens that begin at s[i] and a[j] are plain numbers,
// surely within the limits, and where they end.
func (l limits) near(s, a []byte, i, j int) (int, int, bool) {
	x, sEnd := plain(s, i)
	y, aEnd := plain(a, j)
	if sEnd < 0 || aEnd < 0 {
		return i, j, false
	}
	d, size := math.Abs(x-y), math.Abs(y)
	d += 1e-15 * (math.Abs(x) + size) // each is within 4e-16 of what is written
	return sEnd, aEnd, d <= l.absolute || d <= l.relative*size*(1-1e-14)
}

// plain is the number that begins at b[i], to within 4e-16 of it, and where the
// white space behind it begins. If it is none, not all of it is there, or it is
// so small or large that it needs care, the end is -1.
func plain(b []byte, i int) (float64, int) {
	negative := i < len(b) && b[i] == '-'
	if negative || i < len(b) && b[i] == '+' {
		i++
	}
	var mant uint64 // of more than mantDigits digits it is nonsense, and read again
	begin := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		mant = mant*10 + uint64(b[i]-'0')
	}
	digits, places := i-begin, 0
	if i < len(b) && b[i] == '.' {
		i++
		first := i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mant = mant*10 + uint64(b[i]-'0')
		}
		places = i - first
		digits += places
	}
	exp := -places
	if digits > mantDigits {
		mant, exp = leading(b[begin:i])
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		var e int
		if e, i = exponentOf(b, i+1); i < 0 {
			return 0, -1
		}
		exp += e
	}
	if i == len(b) || !isSpace[b[i]] || digits == 0 || exp <= -len(powers) || exp >= len(powers) {
		return 0, -1
	}
	x := float64(mant)
	if exp < 0 {
		x /= powers[-exp]
	} else {
		x *= powers[exp]
	}
	if negative {
		x = -x
	}
	return x, i
}

// leadingDigits is how large a mantissa is before further digits are dropped: what
// they add is less than a part in 10^17.
const leadingDigits = 1e17

// leading is what of many digits, perhaps with a point among them, matters: their
// value is mant × 10^exp.
func leading(b []byte) (mant uint64, exp int) {
	behind := 0 // the point: 1
	for _, x := range b {
		switch {
		case x == '.':
			behind = 1
		case mant < leadingDigits:
			mant = mant*10 + uint64(x-'0')
			exp -= behind
		default:
			exp += 1 - behind
		}
	}
	return mant, exp
}

// exponentOf is the exponent whose digits, or sign, begin at b[i], and its end; -1
// if there is none, or one of more than three digits.
func exponentOf(b []byte, i int) (e, end int) {
	negative := i < len(b) && b[i] == '-'
	if negative || i < len(b) && b[i] == '+' {
		i++
	}
	first := i
	for ; i < len(b) && i < first+4 && b[i]-'0' <= 9; i++ {
		e = e*10 + int(b[i]-'0')
	}
	if i == first || i > first+3 {
		return 0, -1
	}
	if negative {
		e = -e
	}
	return e, i
}
