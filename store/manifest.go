package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a file, as find(1) -type writes it.
type Kind byte

// Kinds of files that a rootfs can hold.
const (
	Directory Kind = 'd'
	Regular   Kind = 'f'
	Symlink   Kind = 'l'
)

// An Entry is one file of a tree.
type Entry struct {
	Path   string // without a slash in front; "" is the root itself
	Kind   Kind
	Mode   uint32 // permissions, and of a directory the sticky bit; 0777 for a link
	UID    uint32
	GID    uint32
	Size   int64             // of a regular file
	Sum    [sha256.Size]byte // of a regular file's content
	Target string            // of a link

	Modified time.Time // not part of the manifest
}

// manifestHead begins each manifest. Another form would make other digests.
const manifestHead = "judge rootfs 1\n"

// WriteManifest writes what a tree holds, a line an entry, sorted by path in the
// order of bytes:
//
//	d MODE UID GID PATH
//	f MODE UID GID SIZE SHA256 PATH
//	l MODE UID GID TARGET PATH
//
// A path begins with a slash. Bytes that are no printable ASCII, spaces and
// backslashes are written \ooo. Times and links between files are not part of
// it. The digest of a rootfs is the SHA-256 of this text.
func WriteManifest(w io.Writer, entries []Entry) error {
	b := bufio.NewWriterSize(w, 1<<16)
	b.WriteString(manifestHead)
	var line []byte
	for i := range entries {
		line = entries[i].appendLine(line[:0])
		b.Write(line)
	}
	return b.Flush()
}

// sortEntries puts entries into the order of the manifest.
func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
}

func (e *Entry) appendLine(b []byte) []byte {
	b = append(b, byte(e.Kind), ' ', '0')
	b = strconv.AppendUint(b, uint64(e.Mode), 8)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(e.UID), 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(e.GID), 10)
	b = append(b, ' ')
	switch e.Kind {
	case Regular:
		b = strconv.AppendInt(b, e.Size, 10)
		b = append(b, ' ')
		b = hex.AppendEncode(b, e.Sum[:])
		b = append(b, ' ')
	case Symlink:
		b = append(appendEscaped(b, e.Target), ' ')
	}
	b = append(b, '/')
	return append(appendEscaped(b, e.Path), '\n')
}

func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '\\' {
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		} else {
			b = append(b, c)
		}
	}
	return b
}

// ReadManifest reads what WriteManifest wrote.
func ReadManifest(r io.Reader) ([]Entry, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	if head, err := lines.ReadString('\n'); err != nil || head != manifestHead {
		return nil, fmt.Errorf("a manifest begins with %q, this with %q", manifestHead, head)
	}
	var entries []Entry
	for n := 2; ; n++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return entries, nil
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the manifest: %w", n, err)
		}
		e, err := parseLine(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d of the manifest, %q: %w", n, line, err)
		}
		entries = append(entries, e)
	}
}

func parseLine(line string) (Entry, error) {
	var e Entry
	fields := strings.Split(line, " ")
	want := map[string]int{"d": 5, "f": 7, "l": 6}[fields[0]]
	if want == 0 || len(fields) != want {
		return e, errors.New("it has not the fields of its kind")
	}
	e.Kind = Kind(line[0])
	var errs [7]error
	number := func(i, base int) uint32 {
		n, err := strconv.ParseUint(fields[i], base, 32)
		errs[i] = err
		return uint32(n)
	}
	e.Mode, e.UID, e.GID = number(1, 8), number(2, 10), number(3, 10)
	switch e.Kind {
	case Regular:
		e.Size, errs[4] = strconv.ParseInt(fields[4], 10, 64)
		var sum []byte
		if sum, errs[5] = hex.DecodeString(fields[5]); len(sum) == len(e.Sum) {
			e.Sum = [sha256.Size]byte(sum)
		} else {
			errs[5] = errors.New("its sum is too short or too long")
		}
	case Symlink:
		e.Target, errs[4] = unescape(fields[4])
	}
	path, err := unescape(fields[len(fields)-1])
	errs[6] = err
	e.Path = strings.TrimPrefix(path, "/")
	return e, errors.Join(errs[:]...)
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		if i+4 > len(s) {
			return "", errors.New("a path ends within an escape")
		}
		n, err := strconv.ParseUint(s[i+1:i+4], 8, 8)
		if err != nil {
			return "", err
		}
		b = append(b, byte(n))
		i += 3
	}
	return string(b), nil
}
