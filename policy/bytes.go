package policy

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// The units of [ParseBytes], in bytes.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

// unlimited is the word for "no limit", in files and in flags.
const unlimited = "unlimited"

const unitLetters = "kmgtpe"

// ParseBytes reads a size: a whole number of bytes ("4096", "4096B"), or a
// number, which may have a fraction, with a unit. Units with an i are powers of
// 1024 ("64KiB", "256MiB", "1.5GiB", up to EiB), units without are powers of
// 1000 ("64kB", "64MB", and, short, "64k", "64M": never 1024). Case does not
// matter, and one space may stand before the unit. A size that is negative, is
// not a whole number of bytes or does not fit into 63 bits is an error.
func ParseBytes(s string) (Bytes, error) {
	b, err := parseBytes(s)
	if err != nil {
		return 0, fmt.Errorf("size %q: %w", s, err)
	}
	return b, nil
}

func parseBytes(s string) (Bytes, *problem) {
	if strings.HasPrefix(s, "-") {
		return 0, wrong("a size cannot be negative")
	}
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	whole, fraction, dot := strings.Cut(s[:end], ".")
	if whole == "" || dot && fraction == "" || strings.Contains(fraction, ".") {
		return 0, wrong("not a size").hinted(`write a number with a unit: "64MiB", "64MB", "64k"`)
	}
	unit, ok := parseUnit(strings.TrimPrefix(s[end:], " "))
	if !ok || s[end:] == " " {
		return 0, wrong("unknown unit %q", strings.TrimSpace(s[end:])).hinted("use KiB, MiB, GiB, TiB, or kB, MB, GB, TB")
	}
	n, err := strconv.ParseUint(whole, 10, 63)
	hi, lo := bits.Mul64(n, unit)
	if err != nil || hi != 0 || lo > math.MaxInt64 {
		return 0, wrong("more than 2^63 - 1 bytes")
	}
	part, p := fractionOf(fraction, unit)
	if p != nil {
		return 0, p
	}
	if lo > math.MaxInt64-part {
		return 0, wrong("more than 2^63 - 1 bytes")
	}
	return Bytes(lo + part), nil
}

// fractionOf gives 0.DIGITS of a unit, exactly.
func fractionOf(digits string, unit uint64) (uint64, *problem) {
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return 0, nil
	}
	inexact := wrong("not a whole number of bytes")
	if len(digits) > 19 {
		return 0, inexact
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, inexact
	}
	scale := uint64(1)
	for range digits {
		scale *= 10
	}
	hi, lo := bits.Mul64(n, unit)
	// hi < scale, as n < scale and unit fits 64 bits: Div64 cannot overflow.
	quotient, rest := bits.Div64(hi, lo, scale)
	if rest != 0 {
		return 0, inexact
	}
	return quotient, nil
}

// parseUnit gives the number of bytes in a unit: "", B, k, kB, KiB and so on.
func parseUnit(s string) (uint64, bool) {
	s = strings.ToLower(s)
	if s == "" || s == "b" {
		return 1, true
	}
	power := strings.IndexByte(unitLetters, s[0]) + 1
	if power == 0 {
		return 0, false
	}
	base := uint64(1000)
	switch s[1:] {
	case "", "b":
	case "ib":
		base = 1024
	default:
		return 0, false
	}
	n := uint64(1)
	for range power {
		n *= base
	}
	return n, true
}

// String gives the size exactly, in the unit that makes the number smallest:
// "256MiB", "64MB", "4097". [ParseBytes] reads it back to the same value.
func (b Bytes) String() string {
	if b <= 0 {
		return strconv.FormatInt(int64(b), 10)
	}
	number, unit := int64(b), ""
	binary, decimal := int64(1), int64(1)
	for i := range len(unitLetters) {
		binary, decimal = binary*1024, decimal*1000
		letter := strings.ToUpper(unitLetters[i : i+1])
		if int64(b)%decimal == 0 && int64(b)/decimal < number {
			number, unit = int64(b)/decimal, letter+"B"
			if letter == "K" {
				unit = "kB"
			}
		}
		if int64(b)%binary == 0 && int64(b)/binary < number {
			number, unit = int64(b)/binary, letter+"iB"
		}
	}
	return strconv.FormatInt(number, 10) + unit
}

// MarshalText writes the size as [Bytes.String] does.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads a size as [ParseBytes] does.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := ParseBytes(string(text))
	if err == nil {
		*b = v
	}
	return err
}
