package lease

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func aNote() Note {
	return Note{
		PID: os.Getpid(), Started: time.Unix(1700000000, 123456789), Command: "./solution", Policy: "strict", Place: "/sys/fs/cgroup/a.slice",
		CPUTime: 5 * time.Second, WallTime: 11 * time.Second, Memory: 256 << 20, Pids: 64,
	}
}

func TestNoteIsReadAsItWasWritten(t *testing.T) {
	for name, command := range map[string]string{
		"plain":             "./solution",
		"empty":             "",
		"blanks":            "a b  c ",
		"quotes":            `a"b\c`,
		"a note of its own": "x\"\njudge-2 00000000 1 1 1 1 1 1 \"\" \"\"\n",
		"terminal":          "\x1b]0;title\x07\x1b[2J",
		"no text":           "\xff\xfe\x00\x80",
		"right to left":     "\u202egnp.exe",
		"other scripts":     "Lösung\U0001f600",
	} {
		t.Run(name, func(t *testing.T) {
			n := aNote()
			n.Command, n.Policy, n.Place = command, command, command
			data := n.encode(nil)
			if got, ok := parseNote(data); !ok || got != n {
				t.Errorf("read %+v, %t from %q", got, ok, data)
			}
			for _, c := range data[:len(data)-1] {
				if c < ' ' || c > '~' {
					t.Fatalf("byte %#x in %q", c, data)
				}
			}
			if got, ok := parseNote(append(data, "what a longer one left\n"...)); !ok || got != n {
				t.Errorf("with a rest behind it: %+v, %t", got, ok)
			}
		})
	}
	long := aNote()
	long.Command, long.Policy, long.Place = strings.Repeat("\xff", 100_000), strings.Repeat("\U0001f600", 1000), strings.Repeat("\xff", maxPlace)
	data := long.encode(nil)
	if len(data) > maxNote {
		t.Errorf("a note of %d bytes, more than %d", len(data), maxNote)
	}
	if got, ok := parseNote(data); !ok || got.Command != long.Command[:maxText] || got.Place != long.Place || got.PID != long.PID {
		t.Errorf("a long command: %t, %q", ok, got.Command)
	}
}

// A part of a place would lead elsewhere.
func TestPlaceThatIsTooLong(t *testing.T) {
	n := aNote()
	n.Place = strings.Repeat("a", maxPlace+1)
	if got, ok := parseNote(n.encode(nil)); !ok || got.Place != "" || got.Command != n.Command {
		t.Errorf("%+v %t", got, ok)
	}
}

func TestLastNote(t *testing.T) {
	dir := t.TempDir()
	s := acquire(t, dir)
	if n := s.LastNote(); n != (Note{}) {
		t.Errorf("of a new slot: %+v", n)
	}
	s.WriteNote(aNote())
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
	if s = acquire(t, dir); s.LastNote() != aNote() {
		t.Errorf("%+v", s.LastNote())
	}
	defer s.Release()
	if list, err := Slots(dir); err != nil || len(list) != 1 || list[0] != s.N {
		t.Errorf("slots %v %v", list, err)
	}
	if list, err := Slots(filepath.Join(dir, "nowhere")); err != nil || list != nil {
		t.Errorf("slots of no directory: %v %v", list, err)
	}
}

// What a crash, a full disk or somebody's editor leaves is no note.
func TestWhatIsNoNote(t *testing.T) {
	whole := aNote().encode(nil)
	for i := range whole {
		if n, ok := parseNote(whole[:i]); ok {
			t.Errorf("the first %d of %d bytes are a note: %+v", i, len(whole), n)
		}
		if i == len(whole)-1 {
			break
		}
		damaged := bytes.Clone(whole)
		damaged[i] ^= 1
		if n, ok := parseNote(damaged); ok {
			t.Errorf("with byte %d changed it is a note: %+v", i, n)
		}
	}
	for _, text := range []string{"", "\n", noteForm, noteForm + "\n", noteForm + "811c9dc5\n", strings.Repeat("\x00", 4096), strings.Repeat("judge-2 ", 100) + "\n"} {
		if n, ok := parseNote([]byte(text)); ok {
			t.Errorf("%q is a note: %+v", text, n)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add(aNote().encode(nil))
	f.Add([]byte("judge-2 811c9dc5 1 2 3 4 5 6 \"/\" \"a\" \"b\"\n"))
	f.Add([]byte("judge-2 00000000 -1 99999999999999999999 '\\'' `x` \"\\xzz\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, ok := parseNote(data)
		if !ok {
			if n != (Note{}) {
				t.Errorf("no note, and yet %+v", n)
			}
			return
		}
		if again, ok := parseNote(n.encode(nil)); ok && again != n {
			t.Errorf("%+v became %+v", n, again)
		}
	})
}

func TestHeldSlots(t *testing.T) {
	dir := t.TempDir()
	if list, err := List(filepath.Join(dir, "nowhere")); len(list) > 0 || err != nil {
		t.Errorf("a directory that is not there: %v %v", list, err)
	}
	n, _, kill := holder(t, dir) // writes no note
	mine, free := acquire(t, dir), acquire(t, dir)
	mine.WriteNote(aNote())
	free.WriteNote(aNote())
	if err := free.Release(); err != nil {
		t.Fatal(err)
	}
	list, err := List(dir)
	if err != nil || len(list) != 2 || list[0].N != n || list[1].N != mine.N {
		t.Fatalf("held: %+v, %v", list, err)
	}
	if h := list[1]; h.Note != aNote() || h.Holder != os.Getpid() {
		t.Errorf("my slot: %+v", h)
	}
	other := list[0].Holder
	if list[0].Note != (Note{}) || other == 0 || other == os.Getpid() {
		t.Errorf("a slot without a note: %+v, and its holder was to be found all the same", list[0])
	}
	// A note that tells of this process, which does not hold that slot, proves nothing.
	if err := os.WriteFile(filepath.Join(dir, fileName(n)), aNote().encode(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := Look(dir, n); err != nil || h == nil || h.Note != (Note{}) || h.Holder != other {
		t.Errorf("a slot with a false note: %+v %v", h, err)
	}
	if _, err := Signal(dir, n, os.Getpid(), unix.SIGKILL); !errors.Is(err, unix.ESRCH) {
		t.Errorf("a signal to a process that does not hold the slot: %v", err)
	}
	pidfd, err := Signal(dir, n, other, unix.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 5000)
	unix.Close(pidfd)
	kill()
	if h, err := Look(dir, n); h != nil || err != nil {
		t.Errorf("after its holder was killed: %+v %v", h, err)
	}
	if err := mine.Release(); err != nil {
		t.Error(err)
	}
}

// A disk that is full costs the note; the one of the run before goes, too.
func TestNoteThatCannotBeWritten(t *testing.T) {
	fd, err := unix.MemfdCreate("lease", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	s := &Slot{fd: fd}
	defer s.Release()
	s.WriteNote(aNote())
	if n, err := readNote(fd); err != nil || n != aNote() {
		t.Fatalf("%+v %v", n, err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err != nil {
		t.Fatal(err)
	}
	s.WriteNote(aNote())
	if n, err := readNote(fd); err != nil || n != (Note{}) {
		t.Errorf("after a write that failed: %+v %v", n, err)
	}
}

func BenchmarkWriteNote(b *testing.B) {
	for name, dir := range map[string]string{"disk": b.TempDir(), "tmpfs": "/dev/shm"} {
		b.Run(name, func(b *testing.B) {
			f, err := os.CreateTemp(dir, "lease")
			if err != nil {
				b.Fatal(err)
			}
			defer os.Remove(f.Name())
			defer f.Close()
			s := &Slot{fd: int(f.Fd())}
			for b.Loop() {
				s.WriteNote(aNote())
			}
		})
	}
}
