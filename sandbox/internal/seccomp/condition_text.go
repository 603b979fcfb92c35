package seccomp

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Texts are the conditions of one rule of a call as a policy writes them, with
// the names of constants where the argument has some. ParseCondition reads them
// back.
func Texts(call string, when []Condition) []string {
	family := uint32(0) // of a socket, which says what its protocol is
	for _, c := range when {
		if c.Arg == 0 && c.Op == Equal && uint32(c.Mask) == 1<<32-1 {
			family = uint32(c.Value)
		}
	}
	texts := make([]string, len(when))
	for i, c := range when {
		texts[i] = c.text(call, family)
	}
	return texts
}

func (c Condition) text(call string, family uint32) string {
	kind := byte('x')
	if s := signature(call); c.Arg < len(s) {
		kind = s[c.Arg]
	}
	var b strings.Builder
	b.WriteString("arg" + strconv.Itoa(c.Arg))
	if c.Mask>>32 == 0 && c.Value>>32 == 0 {
		b.WriteString(":32")
		if c.Mask != 1<<32-1 {
			b.WriteString(" & " + maskText(kind, c.Mask))
		}
	} else if c.Mask != ^uint64(0) {
		b.WriteString(" & " + maskText(kind, c.Mask))
	}
	return b.String() + " " + string(c.Op) + " " + valueText(kind, c, family)
}

// maskText names the bits of a mask, if the argument's bits have names.
func maskText(kind byte, mask uint64) string {
	switch {
	case kind == 'o' && mask == unix.S_IFMT:
		return "S_IFMT"
	case strings.IndexByte("CNMmQaqG", kind) >= 0:
		return flags(mask, kindNames(kind))
	}
	return inHex(mask)
}

// valueText names a value that is compared, so that the name stands for this
// number and no other.
func valueText(kind byte, c Condition, family uint32) string {
	text := ""
	switch {
	case kind == 'o' && c.Mask == unix.S_IFMT:
		text = one(c.Value, 'f')
	case kind == 'P':
		text = protocol(family, uint32(c.Value))
	case strings.IndexByte("CNMmQaqG", kind) >= 0:
		text = flags(c.Value, kindNames(kind))
	case c.Value != 0 || strings.IndexByte("ATrIRKWLE", kind) >= 0:
		text = one(c.Value, kind)
	}
	if v, err := parseValue(text, ^uint64(0)); err != nil || v != c.Value {
		return inHex(c.Value)
	}
	return text
}

// Argument is one argument as String has it; what has no kind, in hexadecimal.
func (c Call) Argument(i int) string {
	if kinds := signature(c.Name); i < len(kinds) {
		return c.argument(i, kinds[i])
	}
	return inHex(c.Args[i])
}

// Arity is how many arguments a call has; ok is false if that is not known.
func Arity(name string) (n int, ok bool) {
	kinds := signature(name)
	return len(kinds), kinds != "xxxxxx"
}
