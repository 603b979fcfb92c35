package lease

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Ledger admits the runs of a grader: so many that the sum of their memory
// limits, over all graders that share the directory, stays below what the host
// has; and one alone, when that is asked for.
//
// Each grader holds a file of its own by flock(2), with a record of what its runs
// are promised: whoever is killed holds no lock, and counts no more. Who wants more
// passes a gate, another flock, of which one holder at a time adds the records up;
// who does not fit, or wants to be alone, waits in the gate, so that whoever comes
// later cannot overtake. A run that ends needs no gate to give back what it had.
//
// It is safe for use by several goroutines. They, too, are served in their order.
type Ledger struct {
	dir   string
	room  Room
	own   int // number of the own record's file
	file  int // that file, locked
	gate  int
	turn  chan struct{} // holds one token: who takes it may look at the gate
	freed chan struct{} // something of this process's was given back

	mu   sync.Mutex
	sum  record
	seen map[int]int // descriptors of other graders' files, by number; of whoever has the turn

	outsideAt time.Time // when outside was found
	outside   outside
}

// outside is what runs may take that no grader has made, in bytes.
type outside struct {
	host  int64
	place int64 // of those that share the grader's Place
}

// Room is what there is to give away, in bytes.
type Room struct {
	Host  int64  // of the host, to all graders and runs together; 0 for no bound
	Place int64  // of the cgroup that this grader's runs are made in; 0 for no bound
	Name  uint64 // of that cgroup: graders with the same share it
	Path  string // of the cgroup that has that bound: runs whose notes have a place below share it; "" without a bound
}

// shares says whether a run in this place is held by the bound of Place, too.
func (r Room) shares(place string) bool {
	rest, below := strings.CutPrefix(place, r.Path)
	return r.Path != "" && below && (rest == "" || rest[0] == '/' || r.Path == "/")
}

// Most is the largest run that could ever be admitted; 0 for no bound.
func (r Room) Most() int64 {
	if r.Host == 0 || r.Place > 0 && r.Place < r.Host {
		return r.Place
	}
	return r.Host
}

// A Request is what a run asks to be admitted with.
type Request struct {
	Bytes int64 // its memory limit; all of several that run side by side
	Alone bool  // no other run of any grader at the same time
}

// ErrTooLarge says that a request could never be granted.
var ErrTooLarge = errors.New("more memory than there is")

// NewLedger makes a grader's ledger. Close ends it.
func NewLedger(dir string, room Room) (*Ledger, error) {
	l := &Ledger{dir: dir, room: room, file: -1, turn: make(chan struct{}, 1), freed: make(chan struct{}, 1), seen: map[int]int{}}
	var err error
	for ; l.file < 0; l.own++ {
		if l.file, err = lock(ledgerPath(dir, l.own)); err != nil {
			return nil, err
		}
	}
	l.own--
	gate := filepath.Join(dir, "grade-gate")
	if l.gate, err = openAt(unix.AT_FDCWD, gate, gate); err != nil {
		return nil, errors.Join(err, release(l.file))
	}
	l.sum = record{pid: int64(os.Getpid()), place: int64(room.Name)}
	if err := l.write(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func ledgerPath(dir string, n int) string { return filepath.Join(dir, "grade-"+strconv.Itoa(n)) }

// Close gives back all that the grader holds. Nothing may be admitted any more.
func (l *Ledger) Close() error {
	for _, fd := range l.seen {
		unix.Close(fd) // nothing was written there
	}
	return errors.Join(release(l.file), unix.Close(l.gate))
}

// Admit waits until the run may be, or ctx is done. The function that it returns
// gives back what the run had.
func (l *Ledger) Admit(ctx context.Context, q Request) (func(), error) {
	if most := l.room.Most(); most > 0 && q.Bytes > most {
		return nil, fmt.Errorf("admit a run with %d bytes, the most here is %d: %w", q.Bytes, most, ErrTooLarge)
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	err := l.await(ctx, q)
	if err == nil {
		if err = l.add(1, q.Bytes); err != nil {
			err = errors.Join(err, l.add(-1, -q.Bytes)) // it does not run: else nobody of this grader would be alone any more
		}
	}
	if err != nil || !q.Alone {
		err = errors.Join(err, l.leave())
	}
	if err != nil {
		return nil, err
	}
	return func() {
		// A record that cannot be written stays too large: runs wait longer than they had to, and no bound is passed.
		_ = l.add(-1, -q.Bytes)
		if q.Alone {
			_ = l.leave() // unlocking an open file cannot fail
		}
		select {
		case l.freed <- struct{}{}:
		default:
		}
	}, nil
}

// enter locks the gate. Whoever has it may be measuring, alone, for seconds.
func (l *Ledger) enter(ctx context.Context) error {
	err := unix.Flock(l.gate, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return nil
	}
	// By a descriptor of its own, for nobody can say how long it waits: when the ledger is closed, the gate's
	// number is soon another file's.
	gate, err := unix.FcntlInt(uintptr(l.gate), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		<-l.turn
		return fmt.Errorf("copy the descriptor of %s: %w", filepath.Join(l.dir, "grade-gate"), err)
	}
	locked := make(chan error, 1)
	go func() { locked <- lockInTurn(gate) }()
	select {
	case err = <-locked:
		unix.Close(gate) // the lock is l.gate's as well (flock(2))
	case <-ctx.Done():
		go func() { // a lock cannot be unasked for: it is given back when it comes
			<-locked
			_ = release(gate)
			<-l.turn
		}()
		return context.Cause(ctx)
	}
	if err != nil {
		<-l.turn
		return fmt.Errorf("lock %s: %w", filepath.Join(l.dir, "grade-gate"), err)
	}
	return nil
}

// leave opens the gate for the next, of other processes and of this one.
func (l *Ledger) leave() error {
	err := unix.Flock(l.gate, unix.LOCK_UN)
	<-l.turn
	return err
}

// await waits, in the gate, until there is room. This process says when it gives
// something back; of others nothing is heard.
func (l *Ledger) await(ctx context.Context, q Request) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		fits, err := l.fits(q)
		if fits || err != nil {
			return err
		}
		select {
		case <-l.freed:
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// fits adds up. The caller is in the gate.
func (l *Ledger) fits(q Request) (bool, error) {
	others, authors, err := l.others()
	if err != nil {
		return false, err
	}
	l.mu.Lock()
	all := append(others, l.sum)
	l.mu.Unlock()
	var beside outside
	if (l.room.Host > 0 || l.room.Place > 0) && !q.Alone {
		if beside, err = l.foreign(authors); err != nil {
			return false, err
		}
	}
	return l.room.admits(q, all, beside), nil
}

// admits decides. all are the graders' records. Other runs wait for nobody; what they may
// take is not given away a second time. But they keep no run from being alone, and not all
// graders from grading: where none of these has a run, one is admitted whatever others may
// take, for a shell that is left open may last for days, and on a small host a compiler is
// given all that there is.
func (r Room) admits(q Request, all []record, beside outside) bool {
	host, place, runs := int64(0), int64(0), int64(0)
	for _, rec := range all {
		runs += rec.runs
		host += rec.bytes
		if uint64(rec.place) == r.Name {
			place += rec.bytes
		}
	}
	if q.Alone || runs == 0 {
		return runs == 0
	}
	return (r.Host == 0 || host+beside.host+q.Bytes <= r.Host) && (r.Place == 0 || place+beside.place+q.Bytes <= r.Place)
}

// add changes the own record.
func (l *Ledger) add(runs, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum.runs += runs
	l.sum.bytes += bytes
	return l.write()
}
