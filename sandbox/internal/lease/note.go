package lease

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A Note is what the holder of a slot writes into its lease, for people who ask
// what runs. It proves nothing: that a slot is held its lock says alone, and by
// whom [Holder]. Zero values of limits mean none.
type Note struct {
	PID     int // of the holder, as it sees itself
	Started time.Time
	Command string // Args[0] of the run
	Policy  string // its name
	Place   string // of its cgroup, as cgroup.Host has it; "" if it has none, or one of a name that is too long to keep

	CPUTime, WallTime time.Duration
	Memory, Pids      int64
}

const (
	// noteForm begins a note, and changes when its fields do.
	noteForm = "judge-2 "
	// maxText is how many bytes of a command or a name are kept.
	maxText = 200
	// maxPlace bounds a place: a part of one leads elsewhere.
	maxPlace = 500
	// maxNote bounds a note: each byte of its texts may take four, as \xff.
	maxNote = 4*(2*maxText+maxPlace) + 256
)

// WriteNote replaces the note of the slot. It is one small write(2). A disk
// that is full costs the note, and nothing else: one from before must not be
// taken for this run's.
func (s *Slot) WriteNote(n Note) {
	if _, err := unix.Pwrite(s.fd, n.encode(make([]byte, 0, 256)), 0); err != nil {
		_ = unix.Ftruncate(s.fd, 0) // the note is missing then, or wrong, and proves nothing anyway
	}
}

// LastNote is what the slot's last holder wrote; zero if that cannot be read. Of
// one that was killed, it says where his leaf is.
func (s *Slot) LastNote() Note {
	n, _ := readNote(s.fd)
	return n
}

// encode appends the note as one line of printable ASCII, with a sum in front:
// what a longer one before it left behind comes after the line's end.
func (n Note) encode(b []byte) []byte {
	b = append(b, noteForm...)
	sum := len(b)
	b = append(b, "00000000"...)
	for _, v := range n.figures() {
		b = append(b, ' ')
		b = strconv.AppendInt(b, *v, 10)
	}
	place := n.Place
	if len(place) > maxPlace {
		place = ""
	}
	for _, text := range []string{place, n.Policy[:min(len(n.Policy), maxText)], n.Command[:min(len(n.Command), maxText)]} {
		b = append(b, ' ')
		b = strconv.AppendQuoteToASCII(b, text)
	}
	putSum(b[sum:sum+8], b[sum+8:])
	return append(b, '\n')
}

// noteFigures are the numbers of a note, in their order in the file.
type noteFigures struct{ pid, started, cpu, wall, memory, pids int64 }

func (f *noteFigures) list() []*int64 {
	return []*int64{&f.pid, &f.started, &f.cpu, &f.wall, &f.memory, &f.pids}
}

func (n Note) figures() []*int64 {
	f := noteFigures{int64(n.PID), n.Started.UnixNano(), int64(n.CPUTime), int64(n.WallTime), n.Memory, n.Pids}
	return f.list()
}

// parseNote reads what encode wrote. Anything else, whatever a full disk, a
// crash or somebody's editor made of it, is no note.
func parseNote(data []byte) (n Note, ok bool) {
	line, _, ended := bytes.Cut(data, []byte("\n"))
	rest, ours := bytes.CutPrefix(line, []byte(noteForm))
	if !ended || !ours || len(rest) < 8 {
		return Note{}, false
	}
	var sum [8]byte
	putSum(sum[:], rest[8:])
	if !bytes.Equal(sum[:], rest[:8]) {
		return Note{}, false
	}
	text := string(rest[8:])
	var f noteFigures
	for _, v := range f.list() {
		var field string
		if field, text, ok = cutField(text); !ok {
			return Note{}, false
		}
		var err error
		if *v, err = strconv.ParseInt(field, 10, 64); err != nil || *v < 0 {
			return Note{}, false
		}
	}
	for _, to := range []*string{&n.Place, &n.Policy, &n.Command} {
		if len(text) < 2 || text[0] != ' ' {
			return Note{}, false
		}
		quoted, err := strconv.QuotedPrefix(text[1:])
		if err != nil || quoted[0] != '"' {
			return Note{}, false
		}
		if *to, err = strconv.Unquote(quoted); err != nil {
			return Note{}, false
		}
		text = text[1+len(quoted):]
	}
	n.PID, n.Started = int(f.pid), time.Unix(0, f.started)
	n.CPUTime, n.WallTime, n.Memory, n.Pids = time.Duration(f.cpu), time.Duration(f.wall), f.memory, f.pids
	return n, text == ""
}

// cutField takes a blank and what stands before the next one.
func cutField(text string) (field, rest string, ok bool) {
	if text == "" || text[0] != ' ' {
		return "", "", false
	}
	for i := 1; i < len(text); i++ {
		if text[i] == ' ' {
			return text[1:i], text[i:], true
		}
	}
	return text[1:], "", true
}

// putSum is FNV-1a in hexadecimal: against accidents, not against people.
// (hash/crc32 makes its tables when a program starts, and judge run starts often.)
func putSum(to, data []byte) {
	sum := uint32(2166136261)
	for _, c := range data {
		sum = (sum ^ uint32(c)) * 16777619
	}
	const digits = "0123456789abcdef"
	for i := range to {
		to[i] = digits[sum>>(28-4*i)&15]
	}
}

// Held is a slot that somebody holds.
type Held struct {
	N      int
	Leaf   string // its cgroup's name
	Note   Note   // zero if there is none, or if it is not the holder's
	Holder int    // pid of the process that holds the slot; 0 if it cannot be seen from here
}

// List gives the slots that are held, by number. A directory that is not there
// has none.
func List(dir string) ([]Held, error) {
	all, err := Slots(dir)
	if err != nil {
		return nil, err
	}
	var list []Held
	for _, n := range all {
		h, err := Look(dir, n)
		if err != nil {
			return nil, err
		}
		if h != nil {
			list = append(list, *h)
		}
	}
	return list, nil
}

// Look gives slot n if somebody holds it, else nil.
func Look(dir string, n int) (*Held, error) {
	mark, err := MarkOf(dir)
	if err != nil {
		return nil, err
	}
	fd, err := look(dir, n)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	// Shared, so that two who look do not take one another for a holder. A run that begins just now takes the next slot.
	switch err := unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB); {
	case err == nil:
		return nil, nil
	case err != unix.EWOULDBLOCK:
		return nil, &os.PathError{Op: "lock the lease", Path: filepath.Join(dir, fileName(n)), Err: err}
	}
	h := &Held{N: n, Leaf: mark.Leaf(n)}
	if h.Note, err = readNote(fd); err != nil {
		return nil, &os.PathError{Op: "read the lease", Path: filepath.Join(dir, fileName(n)), Err: err}
	}
	if h.Note.PID > 0 && Holds(h.Note.PID, fd) {
		h.Holder = h.Note.PID
		return h, nil
	}
	h.Note, h.Holder = Note{}, search(fd)
	return h, nil
}

// Slots lists the slots that a directory has leases of, held or not, by number.
func Slots(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the leases: %w", err)
	}
	var list []int
	for _, e := range entries {
		if n, ok := number(e.Name()); ok {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}

// readNote gives no note where none can be read.
func readNote(fd int) (Note, error) {
	buf := make([]byte, maxNote)
	size, err := unix.Pread(fd, buf, 0)
	if err != nil {
		return Note{}, err
	}
	n, _ := parseNote(buf[:size])
	return n, nil
}
