package network

import (
	"encoding/binary"
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"
)

func all(int) bool { return true }

func open(t *testing.T, dir string, held func(int) bool) *ledger {
	t.Helper()
	l, err := openLedger(dir, held)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// living are the records that count.
func living(l *ledger) map[int]record { return maps.Collect(l.those(anybody)) }

// aRecord names a descriptor of this process that is a network namespace's.
func aRecord(t *testing.T) (*record, *os.File) {
	t.Helper()
	f, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	id, err := idOfFD(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	r := &record{PID: int32(os.Getpid()), FD: int32(f.Fd()), Dev: id.dev, Ino: id.ino, Addr: [4]byte{10, 200, 0, 9}, Net: [4]byte{10, 200}, Bits: 16, Gateway: [4]byte{10, 200, 0, 1}}
	copy(r.Bridge[:], "judge0")
	return r, f
}

func TestSizes(t *testing.T) {
	if n := binary.Size(record{}); n != recordSize || unsafe.Sizeof(record{}) != recordSize {
		t.Errorf("a record has %d bytes", n)
	}
	if n := binary.Size(head{}); n > headSize {
		t.Errorf("the head has %d bytes", n)
	}
}

// A record counts while its slot is held and its process has that very namespace open.
func TestRecordsThatCount(t *testing.T) {
	dir := t.TempDir()
	r, f := aRecord(t)
	l := open(t, dir, all)
	seq := l.next()
	if err := l.write(7, r); err != nil {
		t.Fatal(err)
	}
	other := *r
	other.Ino++
	if err := l.write(8, &other); err != nil {
		t.Fatal(err)
	}
	l.close()

	l = open(t, dir, all)
	if len(living(l)) != 1 || living(l)[7] != *r || l.next() != seq+1 {
		t.Errorf("records %+v, next %d", living(l), l.head.Seq)
	}
	if slot, ok := l.holder("judge0", netip.MustParseAddr("10.200.0.9")); !ok || slot != 7 || l.taken("judge1")(netip.MustParseAddr("10.200.0.9")) {
		t.Errorf("the address is slot %d's, %t", slot, ok)
	}
	if fd, err := r.open(func(pid int) bool { return pid == os.Getpid() }); err != nil || fd < 0 {
		t.Errorf("open the hub: %v", err)
	}
	if _, err := r.open(func(int) bool { return false }); err == nil {
		t.Error("a process that does not hold the slot is believed")
	}
	l.close()

	asked := 0
	l = open(t, dir, func(slot int) bool { asked++; return slot != 7 })
	if l.taken("judge0")(netip.MustParseAddr("10.200.0.8")); asked > 0 {
		t.Error("of a record that has another address it was asked whether it counts")
	}
	if len(living(l)) != 0 || !l.empty() {
		t.Errorf("of a free slot: %+v", living(l))
	}
	l.close()
	f.Close()
	l = open(t, dir, all)
	if len(living(l)) != 0 || !l.empty() {
		t.Errorf("of a namespace that is closed: %+v", living(l))
	}
	l.close()
}

// The file goes with the last record, and not before.
func TestRemoveUnused(t *testing.T) {
	dir := t.TempDir()
	r, _ := aRecord(t)
	l := open(t, dir, all)
	for _, slot := range []int{0, 1} {
		if err := l.write(slot, r); err != nil {
			t.Fatal(err)
		}
	}
	for slot, want := range []bool{true, false} {
		if err := errors.Join(l.write(slot, nil), l.removeUnused()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(l.name); (err == nil) != want {
			t.Errorf("after slot %d: %v", slot, err)
		}
	}
	waited := make(chan *ledger)
	go func() { waited <- open(t, dir, all) }()
	l.close()
	next := <-waited
	if _, err := os.Stat(next.name); err != nil || !next.empty() {
		t.Errorf("who came next has a file without a name: %v", err)
	}
	next.head.Applied = 1
	if err := next.removeUnused(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(next.name); err != nil {
		t.Errorf("what the host was changed in is forgotten: %v", err)
	}
	next.close()
}

// What killed judges left of other namespaces is removed, but not what lives, or would have to be taken back there.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	r, _ := aRecord(t)
	for name, fill := range map[string]func(*ledger){
		"network-1": func(l *ledger) {}, "network-2": func(l *ledger) { l.write(7, r) }, "network-3": func(l *ledger) { l.head.Applied = 1; l.writeHead() },
	} {
		l, err := openNamed(filepath.Join(dir, name), all)
		if err != nil {
			t.Fatal(err)
		}
		fill(l)
		l.close()
	}
	for _, only := range []bool{true, false, false} {
		got, err := Tidy(dir, all, only)
		if want := []string{filepath.Join(dir, "network-1")}; err != nil || !slices.Equal(got, want) && (only || len(got) > 0) {
			t.Errorf("only %t: %q, %v; want %q", only, got, err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
}

// A file that judge did not write has no records; nor has a damaged one.
func TestWhatIsNoRecord(t *testing.T) {
	dir := t.TempDir()
	name, err := ledgerName(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "judge", string(make([]byte, 5000)), magic, magic + string(make([]byte, 700))} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if l := open(t, dir, all); !l.empty() {
			t.Errorf("%q: %+v", text, living(l))
		} else {
			l.close()
		}
	}
	os.Remove(name)
	if err := os.Symlink("/etc/passwd", name); err != nil {
		t.Fatal(err)
	}
	if _, err := openLedger(dir, all); err == nil {
		t.Error("a link in the place of the record was opened")
	}
}
