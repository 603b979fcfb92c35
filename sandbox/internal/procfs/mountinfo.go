package procfs

import (
	"bytes"
	"slices"
	"strings"
)

// A Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	Point, Kind, Source string
	Options             []string // of the mount
	Super               []string // of the file system
}

// Has says whether an option of the mount or of the file system is that.
func (m Mount) Has(option string) bool {
	return slices.Contains(m.Options, option) || slices.Contains(m.Super, option)
}

// ParseMount reads a line: number, parent, device, root, point, options, tags,
// "-", kind, source, options of the file system.
func ParseMount(line []byte) (m Mount, ok bool) {
	own, other, ok := bytes.Cut(line, []byte(" - "))
	fields, rest := strings.Fields(string(own)), strings.Fields(string(other))
	if !ok || len(fields) < 6 || len(rest) < 2 {
		return Mount{}, false
	}
	m = Mount{Point: Unescape(fields[4]), Options: strings.Split(fields[5], ","), Kind: rest[0], Source: Unescape(rest[1])}
	if len(rest) > 2 {
		m.Super = strings.Split(rest[2], ",")
	}
	return m, true
}

// Escape writes a path as mountinfo and /proc/swaps do.
func Escape(s string) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(s)
}

// Unescape undoes the octal that they write for white space and backslashes.
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
