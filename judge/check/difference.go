package check

import (
	"fmt"
	"strconv"
)

// A Kind of difference. 0 is none.
type Kind int

const (
	TokenDiffers Kind = iota + 1 // another text
	NoNumber                     // the answer has a number here, the output has none
	TooFar                       // a number out of tolerance
	SpaceDiffers                 // white space, where that matters
	LineDiffers                  // a token on another line, where that matters
	Lacking                      // the output ends too early
	Trailing                     // the output goes on where the answer has ended
)

// A Position in a stream.
type Position struct {
	Offset       int64 // bytes before it
	Line, Column int64 // from 1; columns are bytes
}

// A Difference is the first one between an output and the answer.
type Difference struct {
	Kind           Kind
	Token          int64    // its number in the answer, from 1
	Output, Answer Position // where the token, or the white space, begins
	At             int64    // with TokenDiffers: the first byte in the token that differs, from 0

	// What was read there, shortened around At. Empty at the end of a stream.
	Expected, Found string

	// With TooFar: how far, absolutely, and relative to the answer's, as text.
	Error string

	flags Flags
}

// String is a message for a judge: it tells of the answer.
func (d *Difference) String() string {
	where := fmt.Sprintf("line %d, column %d of the output (line %d, column %d of the answer), token %d",
		d.Output.Line, d.Output.Column, d.Answer.Line, d.Answer.Column, d.Token)
	found, expected := strconv.QuoteToASCII(d.Found), strconv.QuoteToASCII(d.Expected)
	if d.Found == "" {
		found = "the end"
	}
	if d.Expected == "" {
		expected = "the end"
	}
	switch d.Kind {
	case NoNumber:
		return fmt.Sprintf("%s: expected the number %s, found %s", where, expected, found)
	case TooFar:
		return fmt.Sprintf("%s: expected %s, found %s: %s; allowed is %s", where, expected, found, d.Error, d.flags)
	case SpaceDiffers:
		return fmt.Sprintf("%s: white space differs: expected %s, found %s", where, expected, found)
	case LineDiffers:
		return fmt.Sprintf("%s: not on the line where the answer has it: expected %s, found %s", where, expected, found)
	case Lacking:
		return fmt.Sprintf("%s: the output ends, expected %s", where, expected)
	case Trailing:
		return fmt.Sprintf("%s: the output goes on with %s where the answer ends", where, found)
	}
	return fmt.Sprintf("%s: expected %s, found %s", where, expected, found)
}

// excerptBefore and excerptLength bound what is shown of a token.
const (
	excerptBefore = 20
	excerptLength = 60
)

// excerpt is a part of a token, with the byte at which it differs.
func excerpt(b []byte, at int) string {
	head, tail := "", ""
	if at > excerptLength-excerptBefore {
		from := min(at, len(b)) - excerptBefore
		head, b = "...", b[max(from, 0):]
	}
	if len(b) > excerptLength {
		tail, b = "...", b[:excerptLength]
	}
	return head + string(b) + tail
}
