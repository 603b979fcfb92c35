package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The record says who is in which hub: a record a slot, in one file for each
// network namespace that judge runs in, beside the leases. It proves nothing: a record
// counts while its slot is held and its process has the hub open. Whoever reads
// or writes it holds its lock; a killed judge has let go of that.
type ledger struct {
	name    string
	fd      int
	records map[int]record // by slot, as they were written: whether one counts, counts says
	head    head

	held   func(slot int) bool
	proven map[int]bool // what counts has said
}

// head is the beginning of the file.
type head struct {
	Magic   [8]byte
	Seq     uint32       // of the last run
	Applied uint32       // opening.sum of the host's table, 0 for none
	Opened  [30][16]byte // interfaces of the host whose forwarding judge switched on
}

// record of a slot, of fixed size.
type record struct {
	PID, FD      int32 // where the hub's namespace is open
	Dev, Ino     uint64
	Addr, Net    [4]byte
	Gateway      [4]byte
	Bits         uint8
	Outside      uint8
	_            [2]byte
	Seq          uint32
	_            uint32
	Bridge       [16]byte
	Allowed      [15][4]byte // addresses of the host's own that its policy lets it reach
	AllowedCount uint32
}

const (
	magic      = "judgenw1"
	headSize   = 512
	recordSize = 128
)

func (r *record) bridge() string      { return string(bytes.TrimRight(r.Bridge[:], "\x00")) }
func (r *record) addr() netip.Addr    { return netip.AddrFrom4(r.Addr) }
func (r *record) gateway() netip.Addr { return netip.AddrFrom4(r.Gateway) }
func (r *record) hub() nsID           { return nsID{r.Dev, r.Ino} }
func (r *record) layout() layout {
	return newLayout(netip.PrefixFrom(netip.AddrFrom4(r.Net), int(r.Bits)), r.gateway())
}

// patience is how long one waits for the lock. It is held for milliseconds, but
// there may be many, on a busy machine.
const patience = 2 * time.Minute

// ledgerName is the file of this network namespace.
func ledgerName(dir string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(here, &st); err != nil {
		return "", &os.PathError{Op: "stat", Path: here, Err: err}
	}
	return filepath.Join(dir, "network-"+strconv.FormatUint(st.Ino, 10)), nil
}

// openLedger locks and reads it. held says whether a slot is held by somebody.
func openLedger(dir string, held func(slot int) bool) (*ledger, error) {
	name, err := ledgerName(dir)
	if err != nil {
		return nil, err
	}
	return openNamed(name, held)
}

// openNamed does so with that of whatever namespace.
func openNamed(name string, held func(slot int) bool) (*ledger, error) {
	for {
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return nil, &os.PathError{Op: "open the record of networks", Path: name, Err: err}
		}
		if err := lockFile(fd, name); err != nil {
			return nil, err
		}
		if !stillNamed(fd, name) {
			unix.Close(fd)
			continue // it was removed meanwhile: this is another one
		}
		l := &ledger{name: name, fd: fd, records: map[int]record{}, held: held, proven: map[int]bool{}}
		if err := l.read(); err != nil {
			l.close()
			return nil, fmt.Errorf("read the record of networks %s: %w", name, err)
		}
		return l, nil
	}
}

// lockFile waits for the lock, in the kernel, which gives it to one after the
// other. After an error the descriptor is closed, or will be.
func lockFile(fd int, name string) error {
	locked := make(chan error, 1)
	go func() {
		err := error(unix.EINTR)
		for err == unix.EINTR {
			err = unix.Flock(fd, unix.LOCK_EX)
		}
		locked <- err
	}()
	select {
	case err := <-locked:
		if err != nil {
			unix.Close(fd)
			return &os.PathError{Op: "lock the record of networks", Path: name, Err: err}
		}
		return nil
	case <-time.After(patience):
		go func() { // nothing ends the waiting but the lock
			<-locked
			unix.Close(fd)
		}()
		return fmt.Errorf("the record of networks %s has been locked for %v: is the judge that holds it stopped?", name, patience)
	}
}

// stillNamed says whether the file still has its name.
func stillNamed(fd int, name string) bool {
	var mine, named unix.Stat_t
	return unix.Fstat(fd, &mine) == nil && unix.Lstat(name, &named) == nil && named.Ino == mine.Ino && named.Dev == mine.Dev
}

func (l *ledger) read() error {
	var st unix.Stat_t
	if err := unix.Fstat(l.fd, &st); err != nil {
		return err
	}
	data := make([]byte, st.Size)
	if n, err := unix.Pread(l.fd, data, 0); err != nil {
		return err
	} else {
		data = data[:n]
	}
	if _, err := binary.Decode(data, binary.NativeEndian, &l.head); err != nil || string(l.head.Magic[:]) != magic {
		l.head = head{}
		copy(l.head.Magic[:], magic)
		return nil // new, or nobody's: no record of another form counts
	}
	for slot, at := 0, headSize; at+recordSize <= len(data); slot, at = slot+1, at+recordSize {
		if r := decode(data[at : at+recordSize]); r.PID > 0 {
			l.records[slot] = r
		}
	}
	return nil
}

func (r *record) path() string { return fmt.Sprintf("/proc/%d/fd/%d", r.PID, r.FD) }

// open opens the hub of a record that counts. Only the process that holds the
// slot is believed: another one, of the same number, may have anything open.
func (r *record) open(holds func(pid int) bool) (int, error) {
	fd, err := openNS(r.path())
	if err != nil {
		return -1, err
	}
	if id, err := idOfFD(fd); err != nil || id != r.hub() || !isNet(fd) || !holds(int(r.PID)) {
		unix.Close(fd)
		return -1, errors.Join(unix.ESRCH, err)
	}
	return fd, nil
}

// decode reads a record, whose fields have no gaps between them (a test looks). There
// may be many, and binary.Decode takes a microsecond for each.
func decode(data []byte) (r record) {
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&r)), recordSize), data)
	return r
}

// next is a number that no run of this file has had.
func (l *ledger) next() uint32 {
	l.head.Seq++
	if l.head.Seq == 0 {
		l.head.Seq = 1
	}
	return l.head.Seq
}

// write writes the head and the record of a slot; nil removes it.
func (l *ledger) write(slot int, r *record) error {
	if r == nil {
		delete(l.records, slot)
		r = &record{}
	} else {
		l.records[slot], l.proven[slot] = *r, true
	}
	if err := l.writeHead(); err != nil {
		return err
	}
	var one [recordSize]byte
	if _, err := binary.Encode(one[:], binary.NativeEndian, r); err != nil {
		return err
	}
	if _, err := unix.Pwrite(l.fd, one[:], headSize+int64(slot)*recordSize); err != nil {
		return fmt.Errorf("write the record of networks: %w", err)
	}
	return nil
}

func (l *ledger) writeHead() error {
	var start [headSize]byte
	if _, err := binary.Encode(start[:], binary.NativeEndian, &l.head); err != nil {
		return err
	}
	if _, err := unix.Pwrite(l.fd, start[:], 0); err != nil {
		return fmt.Errorf("write the record of networks: %w", err)
	}
	return nil
}

// unused says that the file tells nothing.
func (l *ledger) unused() bool {
	return l.head.Applied == 0 && len(l.opened()) == 0 && l.empty()
}

// removeUnused removes the file, under its lock, if it tells nothing. Whoever waits for the lock sees that, and
// makes another.
func (l *ledger) removeUnused() error {
	if !l.unused() {
		return nil
	}
	if err := unix.Unlink(l.name); err != nil && err != unix.ENOENT {
		return &os.PathError{Op: "remove the record of networks", Path: l.name, Err: err}
	}
	return nil
}

// close lets go of the lock.
func (l *ledger) close() {
	if l.fd >= 0 {
		unix.Close(l.fd)
		l.fd = -1
	}
}
