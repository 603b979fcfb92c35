package lease

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ledgerVar names a directory: this binary is a grader there, with a room of 100
// bytes, and asks for what askVar says: a number of bytes, or "alone".
const (
	ledgerVar = "JUDGE_LEDGER_TEST_GRADER"
	askVar    = "JUDGE_LEDGER_TEST_ASK"
)

func ledgerHolder(dir, ask string) {
	l, err := NewLedger(dir, Room{Host: 100})
	if err == nil {
		n, err2 := strconv.ParseInt(ask, 10, 64)
		_, err = l.Admit(context.Background(), Request{Bytes: n, Alone: err2 != nil})
	}
	fmt.Println("admitted", err)
	time.Sleep(time.Hour)
}

// grader is another process that is admitted, and holds what it has until it is killed.
// The channel is closed when it is admitted.
func grader(t *testing.T, dir, ask string) (admitted chan struct{}, kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), ledgerVar+"="+dir, askVar+"="+ask)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	admitted = make(chan struct{})
	read := make(chan struct{})
	go func() {
		defer close(read)
		if line, err := bufio.NewReader(out).ReadString('\n'); err == nil && line == "admitted <nil>\n" {
			close(admitted)
		}
	}()
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill()
		<-read
		cmd.Wait()
	})
	t.Cleanup(kill)
	return admitted, kill
}

func newTestLedger(t testing.TB, dir string, room Room) *Ledger {
	t.Helper()
	l, err := NewLedger(dir, room)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// try asks, and gives nil if the answer does not come soon.
func try(t *testing.T, l *Ledger, q Request) func() {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer stop()
	release, err := l.Admit(ctx, q)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return release
}

func must(t *testing.T, admitted chan struct{}, what string) {
	t.Helper()
	select {
	case <-admitted:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s was never admitted", what)
	}
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		name   string
		room   Room
		q      Request
		all    []record
		beside outside
		want   bool
	}{
		{"the first", Room{Host: 10}, Request{Bytes: 10}, []record{{}}, outside{}, true},
		{"the last that fits", Room{Host: 10}, Request{Bytes: 4}, []record{{runs: 1, bytes: 6}}, outside{}, true},
		{"one too many", Room{Host: 10}, Request{Bytes: 5}, []record{{runs: 1, bytes: 6}}, outside{}, false},
		{"with another grader's", Room{Host: 10}, Request{Bytes: 5}, []record{{}, {runs: 2, bytes: 6}}, outside{}, false},
		{"beside runs of nobody's", Room{Host: 10}, Request{Bytes: 5}, []record{{runs: 1, bytes: 1}}, outside{host: 5}, false},
		{"runs of nobody's do not keep it from being at all", Room{Host: 10}, Request{Bytes: 5}, []record{{}}, outside{host: 8}, true},
		{"its own cgroup is full", Room{Host: 100, Place: 10, Name: 7}, Request{Bytes: 5}, []record{{runs: 1, bytes: 6, place: 7}}, outside{}, false},
		{"its own cgroup is full with a run of nobody's", Room{Host: 100, Place: 10, Name: 7}, Request{Bytes: 5}, []record{{runs: 1, bytes: 2, place: 7}}, outside{host: 4, place: 4}, false},
		{"a run of nobody's elsewhere", Room{Host: 100, Place: 10, Name: 7}, Request{Bytes: 5}, []record{{runs: 1, bytes: 2, place: 7}}, outside{host: 4}, true},
		{"another's cgroup is full", Room{Host: 100, Place: 10, Name: 7}, Request{Bytes: 5}, []record{{runs: 1, bytes: 60, place: 8}}, outside{}, true},
		{"no bound", Room{}, Request{Bytes: 1 << 60}, []record{{runs: 1, bytes: 1 << 60}}, outside{}, true},
		{"alone beside none", Room{Host: 10}, Request{Alone: true}, []record{{}, {}}, outside{host: 8}, true},
		{"alone beside one without a limit", Room{Host: 10}, Request{Alone: true}, []record{{}, {runs: 1}}, outside{}, false},
	} {
		if got := c.room.admits(c.q, c.all, c.beside); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestRoomShares: a bound holds what is made in its cgroup, or below.
func TestRoomShares(t *testing.T) {
	for _, c := range []struct {
		path, place string
		want        bool
	}{
		{"/sys/fs/cgroup/a", "/sys/fs/cgroup/a", true},
		{"/sys/fs/cgroup/a", "/sys/fs/cgroup/a/b", true},
		{"/sys/fs/cgroup/a", "/sys/fs/cgroup/ab", false},
		{"/sys/fs/cgroup/a", "/sys/fs/cgroup", false},
		{"/", "/a", true},
		{"/a", "", false},
		{"", "/a", false},
		{"", "", false},
	} {
		if got := (Room{Path: c.path}).shares(c.place); got != c.want {
			t.Errorf("bound of %q, run in %q: %t", c.path, c.place, got)
		}
	}
}

func TestAdmit(t *testing.T) {
	l := newTestLedger(t, t.TempDir(), Room{Host: 100})
	if _, err := l.Admit(context.Background(), Request{Bytes: 101}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than there is: %v", err)
	}
	a, b := try(t, l, Request{Bytes: 60}), try(t, l, Request{Bytes: 40})
	if a == nil || b == nil {
		t.Fatal("what fits was not admitted")
	}
	if try(t, l, Request{Bytes: 1}) != nil {
		t.Error("admitted beyond the bound")
	}
	a()
	if c := try(t, l, Request{Bytes: 60}); c == nil {
		t.Error("what was given back is not there")
	} else {
		c()
	}
	b()
	if l.sum.runs != 0 || l.sum.bytes != 0 {
		t.Errorf("left over: %+v", l.sum)
	}
}

// TestAdmitUnwritten: a run that could not be written down is not admitted, and
// does not count.
func TestAdmitUnwritten(t *testing.T) {
	l := newTestLedger(t, t.TempDir(), Room{Host: 100})
	good, err := unix.Dup(l.file)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(good)
	file, err := unix.Open(ledgerPath(l.dir, l.own), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(unix.Dup3(file, l.file, unix.O_CLOEXEC), unix.Close(file))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Admit(context.Background(), Request{Bytes: 100}); !errors.Is(err, unix.EBADF) {
		t.Errorf("admitted, with a record that cannot be written: %v", err)
	}
	if err := unix.Dup3(good, l.file, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if alone := try(t, l, Request{Bytes: 100, Alone: true}); alone == nil {
		t.Error("what was not admitted counts")
	} else {
		alone()
	}
}

// TestAdmitTwoGraders: another process counts, until it is killed.
func TestAdmitTwoGraders(t *testing.T) {
	dir := t.TempDir()
	l := newTestLedger(t, dir, Room{Host: 100})
	other, kill := grader(t, dir, "70")
	must(t, other, "the other grader")
	if try(t, l, Request{Bytes: 40}) != nil {
		t.Error("admitted beside the other's 70 of 100 bytes")
	}
	small := try(t, l, Request{Bytes: 30})
	if small == nil {
		t.Error("30 bytes fit beside 70")
	}
	kill()
	large := try(t, l, Request{Bytes: 70})
	if large == nil {
		t.Fatal("a killed grader still holds memory")
	}
	small()
	large()
}

// TestAdmitFair: small ones come all the time, and a large one gets its turn.
func TestAdmitFair(t *testing.T) {
	dir := t.TempDir()
	l := newTestLedger(t, dir, Room{Host: 100})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var small sync.WaitGroup
	var served atomic.Int64
	defer small.Wait()
	for range 4 {
		small.Go(func() {
			for ctx.Err() == nil {
				release, err := l.Admit(ctx, Request{Bytes: 30})
				if err != nil {
					return
				}
				served.Add(1)
				time.Sleep(time.Millisecond)
				release()
			}
		})
	}
	for range 3 { // in another process, each
		admitted, kill := grader(t, dir, "95")
		must(t, admitted, "the large one")
		kill()
	}
	stop()
	if served.Load() == 0 {
		t.Error("no small one was admitted")
	}
}

// TestAlone: nothing else runs, of any grader's, and a killed one lets go.
func TestAlone(t *testing.T) {
	dir := t.TempDir()
	l := newTestLedger(t, dir, Room{Host: 100})
	release := try(t, l, Request{})
	if release == nil {
		t.Fatal("not admitted")
	}
	alone, kill := grader(t, dir, "alone")
	select {
	case <-alone:
		t.Fatal("alone, beside a run")
	case <-time.After(100 * time.Millisecond):
	}
	release()
	must(t, alone, "who wants to be alone")
	if try(t, l, Request{}) != nil {
		t.Error("admitted beside one that is alone")
	}
	kill()
	after, err := l.Admit(context.Background(), Request{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if try(t, l, Request{}) != nil {
		t.Error("admitted beside one of its own that is alone")
	}
	after()
	if r := try(t, l, Request{}); r == nil {
		t.Error("the gate stayed shut")
	} else {
		r()
	}
}

// TestClosedWhileItWaits: who gave up waiting for the gate, and has closed its
// ledger, lets go of nothing that has the gate's number since.
func TestClosedWhileItWaits(t *testing.T) {
	dir := t.TempDir()
	first := newTestLedger(t, dir, Room{})
	alone := try(t, first, Request{Alone: true})
	l, err := NewLedger(dir, Room{})
	if err != nil {
		t.Fatal(err)
	}
	if try(t, l, Request{}) != nil {
		t.Fatal("admitted beside one that is alone")
	}
	number := l.gate
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "slot-0")
	fd, err := lock(path)
	if err == nil && fd != number {
		err = errors.Join(unix.Dup3(fd, number, unix.O_CLOEXEC), unix.Close(fd))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(number)
	alone()
	l.turn <- struct{}{} // free when the one that waited has done its last
	if fd, err := lock(path); fd >= 0 || err != nil {
		t.Errorf("a lease is not held any more: %d %v", fd, err)
	}
	if after := try(t, first, Request{Alone: true}); after == nil {
		t.Error("the gate stayed shut")
	} else {
		after()
	}
}

// TestAloneIsServed: others come all the time.
func TestAloneIsServed(t *testing.T) {
	l := newTestLedger(t, t.TempDir(), Room{})
	var running, most atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				q := Request{Alone: (i+j)%7 == 0}
				release, err := l.Admit(context.Background(), q)
				if err != nil {
					t.Error(err)
					return
				}
				n := running.Add(1)
				if q.Alone && n != 1 {
					t.Errorf("alone, beside %d others", n-1)
				}
				most.Store(max(most.Load(), n))
				time.Sleep(100 * time.Microsecond)
				running.Add(-1)
				release()
			}
		})
	}
	all.Wait()
	if most.Load() < 2 {
		t.Error("no two ran side by side")
	}
}

// TestForeign: a run of judge run's counts by its slot's note.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	slot, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer slot.Release()
	slot.WriteNote(Note{PID: os.Getpid() + 1, Started: time.Now(), Memory: 50})
	l := newTestLedger(t, dir, Room{Host: 100})
	first := try(t, l, Request{Bytes: 40})
	if first == nil || try(t, l, Request{Bytes: 20}) != nil {
		t.Error("the run of 50 bytes was not counted")
	}
	slot.WriteNote(Note{PID: os.Getpid(), Started: time.Now(), Memory: 50}) // of this grader: it has counted that itself
	time.Sleep(foreignFor)
	if try(t, l, Request{Bytes: 20}) == nil {
		t.Error("a grader's own run was counted twice")
	}
}

// TestForeignSuccessor: a run counts whose judge has the number of a grader that is dead, but
// not one of a grader that lives.
func TestForeignSuccessor(t *testing.T) {
	dir := t.TempDir()
	l := newTestLedger(t, dir, Room{Host: 100})
	earlier, err := NewLedger(dir, Room{Host: 100})
	if err != nil {
		t.Fatal(err)
	}
	earlier.sum.pid = int64(os.Getpid() + 1)
	slot, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer slot.Release()
	slot.WriteNote(Note{PID: os.Getpid() + 1, Started: time.Now(), Memory: 50})
	for _, step := range []struct {
		do   func() error
		want int64
	}{{earlier.write, 0}, {earlier.Close, 50}} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		_, authors, err := l.others()
		if err != nil {
			t.Fatal(err)
		}
		l.outsideAt = time.Time{}
		if got, err := l.foreign(authors); err != nil || got.host != step.want {
			t.Errorf("runs of nobody's may take %d bytes, want %d: %v", got.host, step.want, err)
		}
	}
}

// TestForeignPlace: it counts in the cgroup that it is in.
func TestForeignPlace(t *testing.T) {
	dir := t.TempDir()
	slot, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer slot.Release()
	slot.WriteNote(Note{PID: os.Getpid() + 1, Started: time.Now(), Memory: 50, Place: "/box/judge"})
	for path, want := range map[string]bool{"/box": false, "/other": true} {
		l := newTestLedger(t, dir, Room{Host: 1000, Place: 100, Path: path})
		first := try(t, l, Request{Bytes: 40})
		second := try(t, l, Request{Bytes: 20})
		if first == nil || (second != nil) != want {
			t.Errorf("beside a run of 50 bytes in /box/judge, in %s: admitted %t", path, second != nil)
		}
		first()
		if second != nil {
			second()
		}
	}
}

// TestQuiet: that being alone did not help is known to all graders, and is forgotten.
func TestQuiet(t *testing.T) {
	dir := t.TempDir()
	a, b := newTestLedger(t, dir, Room{}), newTestLedger(t, dir, Room{})
	if !a.Quiet() {
		t.Error("noisy before anything was heard")
	}
	if a.Heard(true); a.Quiet() || b.Quiet() {
		t.Error("a disturbed run was forgotten")
	}
	if b.Heard(false); !a.Quiet() || !b.Quiet() {
		t.Error("a quiet run was not heard")
	}
	a.Heard(true)
	past := time.Now().Add(-2 * noisyFor)
	if err := os.Chtimes(filepath.Join(dir, "grade-gate"), past, past); err != nil {
		t.Fatal(err)
	}
	if !b.Quiet() {
		t.Error("noisy for ever")
	}
}

func TestRecord(t *testing.T) {
	want := record{pid: 4711, runs: 3, bytes: 1 << 40, place: -5}
	b := want.encode()
	if got, ok := parseRecord(b[:]); !ok || got != want {
		t.Errorf("%+v, %t", got, ok)
	}
	for i := range b {
		broken := b
		broken[i] ^= 1
		if _, ok := parseRecord(broken[:]); ok {
			t.Errorf("byte %d may be wrong", i)
		}
	}
	if _, ok := parseRecord(b[:recordSize-1]); ok {
		t.Error("a part is taken for the whole")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "grade-1"), []byte("what is this"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := newTestLedger(t, dir, Room{Host: 1})
	fd, err := lock(filepath.Join(dir, "grade-1"))
	if err != nil || fd < 0 {
		t.Fatal(err)
	}
	defer release(fd)
	if _, err := l.Admit(context.Background(), Request{}); err == nil {
		t.Error("admitted though a grader's record cannot be read")
	}
}

// BenchmarkAdmit is what each run of a grading pays, without and with two other
// graders on the host.
func BenchmarkAdmit(b *testing.B) {
	for _, others := range []int{0, 2} {
		b.Run(strconv.Itoa(others)+" others", func(b *testing.B) {
			dir := b.TempDir()
			for range others {
				o := newTestLedger(b, dir, Room{})
				if _, err := o.Admit(context.Background(), Request{Bytes: 1}); err != nil {
					b.Fatal(err)
				}
			}
			l := newTestLedger(b, dir, Room{Host: 100})
			for b.Loop() {
				release, err := l.Admit(context.Background(), Request{Bytes: 10})
				if err != nil {
					b.Fatal(err)
				}
				release()
			}
		})
	}
}
