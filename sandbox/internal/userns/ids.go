package userns

import (
	"bytes"
	"strconv"
)

// A Range is of ids that judge may map into a user namespace of its making.
type Range struct{ First, Count int64 }

// Pick gives slot n an id out of ranges; runs that are alive at once have
// different ones. It is the slot's own number, where that is among them, else
// counted from the end of the last range, where others who take subordinate ids
// begin last. Ids below 2, and judge's own, are nobody's to give.
func Pick(ranges []Range, n int, own, slot int64) (int64, bool) {
	for _, r := range ranges {
		if slot >= r.First && slot < r.First+r.Count {
			return slot, true
		}
	}
	if len(ranges) == 0 {
		return 0, false
	}
	last := ranges[len(ranges)-1]
	id := last.First + last.Count - 1 - int64(n)
	return id, id >= last.First && id >= 2 && id != own
}

// Subordinate reads the lines of a user, by name or number, of subuid(5) or subgid(5).
func Subordinate(data []byte, name string, uid int) []Range {
	var list []Range
	for line := range bytes.Lines(data) {
		f := bytes.Split(bytes.TrimSpace(line), []byte(":"))
		if len(f) != 3 || (name == "" || string(f[0]) != name) && string(f[0]) != strconv.Itoa(uid) {
			continue
		}
		if r, ok := parseRange(f[1], f[2]); ok {
			list = append(list, r)
		}
	}
	return list
}

// Mapped reads which ids there are in judge's own user namespace, from a map of
// it (user_namespaces(7)).
func Mapped(data []byte) []Range {
	var list []Range
	for line := range bytes.Lines(data) {
		f := bytes.Fields(line)
		if len(f) != 3 {
			continue
		}
		if r, ok := parseRange(f[0], f[2]); ok {
			list = append(list, r)
		}
	}
	return list
}

func parseRange(first, count []byte) (Range, bool) {
	a, err1 := strconv.ParseInt(string(first), 10, 64)
	n, err2 := strconv.ParseInt(string(count), 10, 64)
	const most = 1 << 32
	return Range{a, n}, err1 == nil && err2 == nil && a >= 0 && n > 0 && a+n <= most
}

// NameOf finds a user's name in passwd(5); "" if it has none there.
func NameOf(passwd []byte, uid int) string {
	for line := range bytes.Lines(passwd) {
		if f := bytes.Split(line, []byte(":")); len(f) > 2 && string(f[2]) == strconv.Itoa(uid) {
			return string(f[0])
		}
	}
	return ""
}
