package lease

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A record is what a grader's runs are promised, as its file has it.
type record struct {
	pid   int64
	runs  int64
	bytes int64
	place int64 // Room.Name
}

const (
	recordSum  = 8 // of what comes after, as in a note
	recordSize = recordSum + 4*8
)

func (r *record) list() []*int64 { return []*int64{&r.pid, &r.runs, &r.bytes, &r.place} }

func (r record) encode() (b [recordSize]byte) {
	for i, v := range r.list() {
		binary.LittleEndian.PutUint64(b[recordSum+8*i:], uint64(*v))
	}
	putSum(b[:recordSum], b[recordSum:])
	return b
}

// parseRecord reads what encode wrote.
func parseRecord(b []byte) (r record, ok bool) {
	var sum [recordSum]byte
	if len(b) != recordSize {
		return r, false
	}
	putSum(sum[:], b[recordSum:])
	for i, v := range r.list() {
		*v = int64(binary.LittleEndian.Uint64(b[recordSum+8*i:]))
	}
	return r, bytes.Equal(sum[:], b[:recordSum])
}

// write replaces the own record; the caller holds mu, or is alone.
func (l *Ledger) write() error {
	b := l.sum.encode()
	if n, err := unix.Pwrite(l.file, b[:], 0); err != nil || n != len(b) {
		return fmt.Errorf("write what runs are promised to %s: %d of %d bytes: %w", ledgerPath(l.dir, l.own), n, len(b), err)
	}
	return nil
}

// An author is a process that wrote a record, and the descriptor of that.
type author struct {
	pid int64
	fd  int
}

// others reads the records of the graders that are alive, but for this one, and
// lists who wrote one, also of the dead. The files are numbered without a gap, and stay.
func (l *Ledger) others() (list []record, authors []author, err error) {
	for n := 0; ; n++ {
		if n == l.own {
			continue
		}
		fd, known := l.seen[n]
		if !known {
			fd, err = unix.Open(ledgerPath(l.dir, n), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
			if err == unix.ENOENT {
				return list, authors, nil
			}
			if err != nil {
				return nil, nil, fmt.Errorf("open %s: %w", ledgerPath(l.dir, n), err)
			}
			l.seen[n] = fd
		}
		// Most are dead: on a host where many graded at once their files are many, and none is
		// locked for what it says that it is not promised anything.
		r, ok, err := readRecord(fd, 1)
		if ok && r.runs == 0 && r.bytes == 0 {
			authors = append(authors, author{r.pid, fd})
			continue
		}
		if !held(fd) {
			continue
		}
		if !ok { // who lives ends what it is writing
			r, ok, err = readRecord(fd, 1000)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", ledgerPath(l.dir, n), err)
		}
		if ok {
			list, authors = append(list, r), append(authors, author{r.pid, fd})
		}
	}
}

// held says whether somebody else holds the lock of an open file.
func held(fd int) bool {
	// Shared, so that two who look do not take one another for a holder.
	if unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil {
		return true
	}
	unix.Flock(fd, unix.LOCK_UN) // an open file that is locked
	return false
}

// grades says whether a process is a grader that is alive: the number of a dead one may be another's.
func grades(list []author, pid int64) bool {
	return pid == int64(os.Getpid()) || slices.ContainsFunc(list, func(a author) bool { return a.pid == pid && held(a.fd) })
}

// readRecord reads a record that its grader may be writing at this moment. Who has
// none yet has not been admitted anything.
func readRecord(fd, tries int) (record, bool, error) {
	var b [recordSize + 1]byte
	for range tries {
		n, err := unix.Pread(fd, b[:], 0)
		if err != nil || n == 0 {
			return record{}, false, err
		}
		if r, ok := parseRecord(b[:n]); ok {
			return r, true, nil
		}
		runtime.Gosched()
	}
	return record{}, false, fmt.Errorf("it holds no record of a grader's: %q", b)
}

// foreignFor is how long the sum of other runs is taken to be the same. It takes a
// look at each slot, and no bound is promised for them anyway.
const foreignFor = time.Second

// foreign adds up the memory limits of runs that no grader has made, as their slots'
// notes have them.
func (l *Ledger) foreign(authors []author) (outside, error) {
	if time.Since(l.outsideAt) < foreignFor {
		return l.outside, nil
	}
	var sum outside
	for n := range Max {
		fd, err := look(l.dir, n)
		if errors.Is(err, unix.ENOENT) { // slots are taken from the lowest on: there is none above
			break
		}
		if err != nil {
			return sum, err
		}
		note := Note{}
		if held(fd) {
			note, err = readNote(fd)
		}
		unix.Close(fd) // nothing was written there
		if err != nil {
			return sum, fmt.Errorf("read the lease %s: %w", filepath.Join(l.dir, fileName(n)), err)
		}
		if note.PID > 0 && !grades(authors, int64(note.PID)) {
			sum.host += note.Memory
			if l.room.shares(note.Place) {
				sum.place += note.Memory
			}
		}
	}
	l.outside, l.outsideAt = sum, time.Now()
	return sum, nil
}
