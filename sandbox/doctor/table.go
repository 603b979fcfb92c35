package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// width of a terminal that nobody has made wider.
const width = 80

const (
	markColumn = 6  // "warn  "
	nameColumn = 18 // names are shorter, or get a line of their own
	partIndent = 10 // of what is said of a finding besides
)

// Table writes the diagnosis for people: verdicts, then each finding, with a
// word for its mark.
func (d Diagnosis) Table(out io.Writer) error {
	var w strings.Builder
	fmt.Fprintf(&w, "%s, Linux %s, %s\n\n", printable(d.System), printable(d.Kernel), d.Arch)
	for _, v := range []struct {
		name string
		Verdict
	}{{"can judge safely", d.Safe}, {"can measure fairly", d.Fair}, {"can give networks", d.Net}} {
		text := string(v.Answer)
		if len(v.Because) > 0 {
			text += ": " + strings.Join(v.Because, ", ")
		}
		entry(&w, fmt.Sprintf("%-20s  ", v.name), text)
	}
	group := ""
	for _, f := range d.Findings {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&w, "\n%s\n", group)
		}
		lead := fmt.Sprintf("%-*s%-*s", markColumn, string(f.Mark), nameColumn, f.Name)
		if len(f.Name) >= nameColumn {
			fmt.Fprintf(&w, "%s\n", lead)
			lead = strings.Repeat(" ", markColumn+nameColumn)
		}
		entry(&w, lead, f.Found)
		if f.Mark == OK {
			continue
		}
		part(&w, "needed", f.Needed)
		part(&w, "else", f.Consequence)
		part(&w, "mend", f.Mend)
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// part writes the lines of one part of a finding, if there are any.
func part(w *strings.Builder, name, text string) {
	for line := range strings.Lines(text) {
		entry(w, fmt.Sprintf("%*s%-8s", partIndent, "", name), strings.TrimSuffix(line, "\n"))
		name = ""
	}
}

// entry writes a text beside what leads it, in as many lines as it takes. A
// word that is too long for a line has one for itself: paths are not cut.
func entry(w *strings.Builder, lead, text string) {
	indent := utf8.RuneCountInString(lead)
	line := lead
	used, first := indent, true
	for _, word := range strings.Fields(printable(text)) {
		n := utf8.RuneCountInString(word)
		if !first && used+1+n > width {
			w.WriteString(strings.TrimRight(line, " ") + "\n")
			line, used, first = strings.Repeat(" ", indent), indent, true
		}
		if !first {
			line, used = line+" ", used+1
		}
		line, used, first = line+word, used+n, false
	}
	w.WriteString(strings.TrimRight(line, " ") + "\n")
}

// printable takes from a text of the host's what would play with a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
