package seccomp

import (
	"fmt"
	"strconv"
	"strings"
)

// Condition compares one argument of a call: args[Arg] & Mask Op Value, without
// sign. Mask is all ones where the policy gives none. A condition of 32 bits
// has no bits above in Mask and Value.
type Condition struct {
	Arg   int    `json:"arg"`
	Mask  uint64 `json:"mask"`
	Op    Op     `json:"op"`
	Value uint64 `json:"value"`
}

// Op is a comparison as a policy writes it.
type Op string

const (
	Equal          Op = "=="
	NotEqual       Op = "!="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
)

var operators = [...]Op{Equal, NotEqual, LessOrEqual, GreaterOrEqual, Less, Greater} // the longer first, to be found first

func (c Condition) String() string {
	return fmt.Sprintf("arg%d & 0x%x %s 0x%x", c.Arg, c.Mask, c.Op, c.Value)
}

// Holds says whether the condition is true of the arguments.
func (c Condition) Holds(args [6]uint64) bool {
	v := args[c.Arg] & c.Mask
	switch c.Op {
	case Equal:
		return v == c.Value
	case NotEqual:
		return v != c.Value
	case Less:
		return v < c.Value
	case LessOrEqual:
		return v <= c.Value
	case Greater:
		return v > c.Value
	}
	return v >= c.Value
}

// ConditionError says what a condition lacks.
type ConditionError struct {
	Condition string
	Problem   string
}

func (e *ConditionError) Error() string {
	return fmt.Sprintf("bad condition %q: %s", e.Condition, e.Problem)
}

const conditionShape = `a condition is "argN OP VALUE" or "argN & MASK OP VALUE", N from 0 to 5, OP one of == != < <= > >=`

// ParseCondition reads a condition of a policy's rule; see policy.Rule. Mask and
// value may join several with "|".
func ParseCondition(s string) (Condition, error) {
	bad := func(problem string) (Condition, error) { return Condition{}, &ConditionError{s, problem} }

	left, op, right := cutOperator(s)
	if op == "" {
		return bad("no comparison; " + conditionShape)
	}
	arg, mask, masked := strings.Cut(left, "&")
	arg, width := strings.TrimSpace(arg), 64
	if a, w, ok := strings.Cut(arg, ":"); ok {
		if w != "32" && w != "64" {
			return bad(fmt.Sprintf("width %q, want 32 or 64", w))
		}
		arg = a
		if w == "32" {
			width = 32
		}
	}
	n, ok := strings.CutPrefix(arg, "arg")
	if !ok || len(n) != 1 || n[0] < '0' || n[0] > '5' {
		return bad(fmt.Sprintf("%q is no argument; %s", arg, conditionShape))
	}
	c := Condition{Arg: int(n[0] - '0'), Mask: 1<<width - 1, Op: op}
	if width == 64 {
		c.Mask = ^uint64(0)
	}
	full := c.Mask
	var err error
	if masked {
		if c.Mask, err = parseValue(mask, full); err != nil {
			return Condition{}, fmt.Errorf("mask of condition %q: %w", s, err)
		}
	}
	if c.Value, err = parseValue(right, full); err != nil {
		return Condition{}, fmt.Errorf("value of condition %q: %w", s, err)
	}
	if op == Equal && c.Value&^c.Mask != 0 {
		return bad(fmt.Sprintf("0x%x has bits that the mask 0x%x lacks, so it never holds", c.Value, c.Mask))
	}
	return c, nil
}

// cutOperator splits at the first comparison.
func cutOperator(s string) (left string, op Op, right string) {
	for i := range s {
		for _, o := range operators {
			if strings.HasPrefix(s[i:], string(o)) {
				return s[:i], o, s[i+len(o):]
			}
		}
	}
	return s, "", ""
}

// ParseValue reads an argument of 64 bits as conditions have values: numbers and
// names of constants, joined by "|".
func ParseValue(s string) (uint64, error) { return parseValue(s, ^uint64(0)) }

// parseValue reads numbers and names of constants joined by "|". A number below
// zero is the bits that the kernel gets for it.
func parseValue(s string, full uint64) (uint64, error) {
	var v uint64
	for word := range strings.SplitSeq(s, "|") {
		word = strings.TrimSpace(word)
		x, err := parseWord(word, full)
		if err != nil {
			return 0, err
		}
		v |= x
	}
	return v, nil
}

func parseWord(word string, full uint64) (uint64, error) {
	if word == "" {
		return 0, fmt.Errorf("no value; give a number or a constant's name")
	}
	if c := word[0]; c == '-' || c >= '0' && c <= '9' {
		if x, err := strconv.ParseUint(word, 0, 64); err == nil {
			if x > full {
				return 0, fmt.Errorf("%s does not fit into 32 bits; leave out the :32", word)
			}
			return x, nil
		}
		x, err := strconv.ParseInt(word, 0, 64)
		if err != nil || full == 1<<32-1 && x < -1<<31 {
			return 0, fmt.Errorf("%q is no number of this width", word)
		}
		return uint64(x) & full, nil
	}
	x, ok := Constant(word)
	if !ok {
		return 0, &UnknownError{Kind: "constant", Name: word, Nearest: nearest(word, constantNames)}
	}
	if x > full {
		return 0, fmt.Errorf("%s is 0x%x and does not fit into 32 bits; leave out the :32", word, x)
	}
	return x, nil
}

func constantNames(yield func(string) bool) {
	for i := range constants {
		if !yield(constants[i].name) {
			return
		}
	}
}
