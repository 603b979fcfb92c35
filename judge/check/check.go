// Package check says whether an output is right.
//
// [Check] is the default output validator of the problem package format,
// exactly as its specification has it, and [WhiteDiff] the comparison of CMS.
// Both read their two streams once, in constant memory, and stop at the first
// difference. [Kattis], [Testlib], [CMS] and [Compare] read the answers of
// validators that are programs: how they ended and what they left behind. All of
// it is pure: the caller opens, runs and collects.
//
// An answer that its protocol does not have is the checker's fault, and so the
// judge's ([problem.JE]), never the submission's.
package check

import (
	"fmt"
	"io"
	"sync"
)

// Flags of the default validator. The zero value ignores the case of ASCII
// letters and the amount and kind of white space, and compares numbers as text.
type Flags struct {
	CaseSensitive        bool
	SpaceChangeSensitive bool

	// A number of the answer is compared as a number if one of these is set,
	// and within either is right.
	Absolute, Relative *Tolerance

	lines bool // white space must have as many line ends: white-diff
}

// floats says whether numbers are compared as such.
func (f Flags) floats() bool { return f.Absolute != nil || f.Relative != nil }

// A Result of comparing an output with the answer.
type Result struct {
	Accepted   bool
	Difference *Difference // the first one; nil if accepted
}

// Check compares an output with the answer as the default validator does. It
// reads no more than it must. An error is one of reading and says which of the
// two: the judge's, not the submission's.
//
// Tokens are split at space, \f, \n, \r, \t and \v, and are bytes: NUL is one
// like any other. A token that a float64 cannot hold as a normal number (hex,
// inf, nan, 1e999, the denormal 1e-310) is text.
func Check(output, answer io.Reader, flags Flags) (Result, error) {
	b := buffers.Get().(*[2][bufferSize]byte)
	defer buffers.Put(b)
	return check(output, answer, flags, b[0][:], b[1][:])
}

// buffers are used again: to clear new ones takes longer than to compare what most
// cases have.
var buffers = sync.Pool{New: func() any { return new([2][bufferSize]byte) }}

func check(output, answer io.Reader, flags Flags, forOutput, forAnswer []byte) (Result, error) {
	c := comparer{
		flags:  flags,
		output: &stream{r: output, name: "output", buf: forOutput},
		answer: &stream{r: answer, name: "answer", buf: forAnswer},
	}
	d, err := c.run()
	if err != nil {
		return Result{}, err
	}
	return Result{Accepted: d == nil, Difference: d}, nil
}

// WhiteDiff compares as CMS does: line by line, what white space there is in a
// line does not matter, nor do empty lines at the end; letters are compared
// exactly. Source: cms-dev/cms cms/grading/steps/whitediff.py.
func WhiteDiff(output, answer io.Reader) (Result, error) {
	return Check(output, answer, Flags{CaseSensitive: true, lines: true})
}

// A comparer walks through both streams at once. Between two calls of its
// methods both stand at the border of a token.
type comparer struct {
	flags          Flags
	output, answer *stream
	token          int64 // of the answer, how many were right
	s, a           number
}

// run returns the first difference, or nil.
func (c *comparer) run() (*Difference, error) {
	for {
		if err := c.skipSame(); err != nil {
			return nil, err
		}
		c.quick()
		if d, err := c.space(); d != nil || err != nil {
			return d, err
		}
		sEnd, err := c.output.atEOF()
		if err != nil {
			return nil, err
		}
		aEnd, err := c.answer.atEOF()
		if err != nil {
			return nil, err
		}
		switch {
		case sEnd && aEnd:
			return nil, nil
		case sEnd:
			return c.lacking()
		case aEnd:
			return c.trailing()
		}
		if d, err := c.word(); d != nil || err != nil {
			return d, err
		}
		c.token++
	}
}

// skipSame passes over what is the same in both, byte for byte, up to the end of
// its last white space: that is right whatever the flags are.
func (c *comparer) skipSame() error {
	for {
		if err := c.output.some(); err != nil {
			return err
		}
		if err := c.answer.some(); err != nil {
			return err
		}
		s, a := c.output.rest(), c.answer.rest()
		n := common(s, a)
		for n > 0 && !isSpace[s[n-1]] {
			n--
		}
		if n == 0 {
			return nil
		}
		c.token += words(s[:n])
		c.output.advance(n)
		c.answer.advance(n)
	}
}

// space passes over white space, and compares it as far as the flags want.
func (c *comparer) space() (*Difference, error) {
	if c.flags.SpaceChangeSensitive {
		return c.sameSpace()
	}
	sLine, aLine := c.output.line, c.answer.line
	for _, s := range []*stream{c.output, c.answer} {
		if err := s.skipSpace(); err != nil {
			return nil, err
		}
	}
	if !c.flags.lines || c.output.line-sLine == c.answer.line-aLine {
		return nil, nil
	}
	sEnd, err := c.output.atEOF()
	if err != nil {
		return nil, err
	}
	aEnd, err := c.answer.atEOF()
	if err != nil || sEnd || aEnd {
		return nil, err // empty lines at the end; or a token against none, which run finds
	}
	d := c.difference(LineDiffers)
	d.Found, d.Expected = excerpt(c.output.peekWord(), 0), excerpt(c.answer.peekWord(), 0)
	return d, nil
}

// sameSpace compares white space byte by byte.
func (c *comparer) sameSpace() (*Difference, error) {
	for {
		s, sHas, err := c.output.peekSpace()
		if err != nil {
			return nil, err
		}
		a, aHas, err := c.answer.peekSpace()
		switch {
		case err != nil:
			return nil, err
		case !sHas && !aHas:
			return nil, nil
		case s != a || sHas != aHas:
			d := c.difference(SpaceDiffers)
			d.Found, d.Expected = c.output.peekShown(), c.answer.peekShown()
			return d, nil
		}
		c.output.advance(1)
		c.answer.advance(1)
	}
}

// word compares the next token of both.
func (c *comparer) word() (*Difference, error) {
	s, sWhole, err := c.output.word()
	if err != nil {
		return nil, err
	}
	a, aWhole, err := c.answer.word()
	if err != nil {
		return nil, err
	}
	if !sWhole || !aWhole {
		return c.longWord()
	}
	kind, at := c.compare(s, a)
	if kind != 0 {
		d := c.difference(kind)
		d.At, d.Found, d.Expected = int64(at), excerpt(s, at), excerpt(a, at)
		if kind == TooFar {
			d.Error = c.s.distance(&c.a)
		}
		return d, nil
	}
	c.output.advanceWord(len(s))
	c.answer.advanceWord(len(a))
	return nil, nil
}

// compare says how two whole tokens differ, 0 if they do not, and at which byte.
func (c *comparer) compare(s, a []byte) (Kind, int) {
	at, same := c.sameText(s, a)
	if same {
		return 0, 0
	}
	if c.flags.floats() && c.a.parse(a) {
		switch {
		case !c.s.parse(s):
			return NoNumber, 0
		case !within(&c.s, &c.a, c.flags):
			return TooFar, 0
		}
		return 0, 0
	}
	return TokenDiffers, at
}

// sameText says whether two tokens are the same as text, and if not, from which
// byte on they are not.
func (c *comparer) sameText(s, a []byte) (int, bool) {
	n := common(s, a)
	if !c.flags.CaseSensitive {
		for n < len(s) && n < len(a) && lower[s[n]] == lower[a[n]] {
			n++
		}
	}
	return n, n == len(s) && n == len(a)
}

func (c *comparer) lacking() (*Difference, error) {
	d := c.difference(Lacking)
	a, _, err := c.answer.word()
	d.Expected = excerpt(a, 0)
	return d, err
}

func (c *comparer) trailing() (*Difference, error) {
	d := c.difference(Trailing)
	s, _, err := c.output.word()
	d.Found = excerpt(s, 0)
	return d, err
}

// difference is one at where both streams stand.
func (c *comparer) difference(kind Kind) *Difference {
	return &Difference{
		Kind: kind, Token: c.token + 1, Output: c.output.position(), Answer: c.answer.position(),
		flags: c.flags,
	}
}

// String says what was compared, for a message.
func (f Flags) String() string {
	var text string
	if f.CaseSensitive {
		text += " case_sensitive"
	}
	if f.SpaceChangeSensitive {
		text += " space_change_sensitive"
	}
	if f.Absolute != nil {
		text += fmt.Sprint(" float_absolute_tolerance ", f.Absolute)
	}
	if f.Relative != nil {
		text += fmt.Sprint(" float_relative_tolerance ", f.Relative)
	}
	if text == "" {
		return ""
	}
	return text[1:]
}
