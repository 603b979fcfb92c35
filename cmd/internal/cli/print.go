package cli

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"unicode"
)

// PrintJSON writes v to standard output, indented.
func PrintJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(data, '\n'))
	return err
}

// SizeText is a number of bytes for people, in tenths of the largest unit that it fills.
func SizeText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value := float64(n)
	for value >= 1024 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0") + units[0]
}

// Harmless keeps what is in a text, which may be anybody's, from doing anything to a
// terminal: lines, cursor and direction of writing stay as they are.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
