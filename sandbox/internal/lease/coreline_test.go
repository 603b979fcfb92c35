package lease

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// lineVar names a directory: this binary waits there for processor 0, and keeps it.
const lineVar = "JUDGE_LEASE_TEST_LINE"

func lineHolder(dir string) {
	core, err := NewTopology(SysCPU).Await(dir, one, 0, never)
	fmt.Println(core, err)
	time.Sleep(time.Hour)
}

var one = []int{0} // there is one core only

func never() bool { return false }

// inLine counts who waits for the gate, beside the one that has it (proc_locks(5)).
func inLine(t *testing.T, dir string) int {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "core-gate"), &st); err != nil {
		return 0
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "->") && strings.Contains(line, fmt.Sprintf(":%d ", st.Ino)) {
			n++
		}
	}
	return n
}

// until waits for what comes soon.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in 30 s", what)
		}
	}
}

// gateHeld says whether somebody has the gate for himself; who comes just now has it shared.
func gateHeld(t *testing.T, dir string) bool {
	t.Helper()
	path := filepath.Join(dir, "core-gate")
	fd, err := openAt(unix.AT_FDCWD, path, path)
	if err != nil {
		t.Fatal(err)
	}
	defer release(fd)
	return unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil
}

func mustCore(t *testing.T, dir string) *Core {
	t.Helper()
	c, err := NewTopology(SysCPU).Await(dir, one, 0, never)
	if err != nil || c == nil {
		t.Fatalf("core %v, %v", c, err)
	}
	return c
}

// TestCoreLine: cores come in the order in which they were asked for.
func TestCoreLine(t *testing.T) {
	dir := t.TempDir()
	held := mustCore(t, dir)
	var mu sync.Mutex
	var all sync.WaitGroup
	var order []int
	for i := range 8 {
		all.Go(func() {
			c, err := NewTopology(SysCPU).Await(dir, one, 0, never)
			if err != nil || c == nil {
				t.Error(c, err)
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			c.Release()
		})
		// The first has the gate, each other is behind those before it.
		until(t, fmt.Sprintf("number %d in the line", i), func() bool { return gateHeld(t, dir) && inLine(t, dir) == i })
	}
	held.Release()
	all.Wait()
	for i, n := range order {
		if n != i {
			t.Fatalf("cores came in the order %v", order)
		}
	}
	if gateHeld(t, dir) {
		t.Error("the gate stayed shut")
	}
}

// TestCoreLineOvertaken: who gives a core back and wants it again at once, as a grader
// does, takes none from those who wait.
func TestCoreLineOvertaken(t *testing.T) {
	dir := t.TempDir()
	held := mustCore(t, dir)
	waits := make(chan *Core, 1)
	go func() { waits <- mustAwait(dir) }()
	until(t, "in the line", func() bool { return gateHeld(t, dir) })
	held.Release()
	greedy := make(chan *Core, 1)
	go func() { greedy <- mustAwait(dir) }()
	select {
	case c := <-waits:
		c.Release()
		(<-greedy).Release()
	case <-greedy:
		t.Error("overtaken")
	}
}

func mustAwait(dir string) *Core {
	c, err := NewTopology(SysCPU).Await(dir, one, 0, never)
	if err != nil {
		panic(err)
	}
	return c
}

// waiter is another process that waits for the core.
func waiter(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), lineVar+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

// TestCoreLineKilled: the first of the line is killed, and then the holder of the core,
// who tells nobody.
func TestCoreLineKilled(t *testing.T) {
	dir := t.TempDir()
	holder := waiter(t, dir)
	until(t, "the core is taken", func() bool { c, err := NewTopology(SysCPU).Try(dir, one, 0); return err == nil && give(c) })
	first := waiter(t, dir)
	until(t, "the first waits", func() bool { return gateHeld(t, dir) })
	got := make(chan *Core, 1)
	go func() { got <- mustAwait(dir) }()
	until(t, "the second waits", func() bool { return inLine(t, dir) == 1 })
	first.Process.Kill()
	until(t, "the second is the first", func() bool { return inLine(t, dir) == 0 && gateHeld(t, dir) })
	holder.Process.Kill()
	select {
	case c := <-got:
		c.Release()
	case <-time.After(30 * time.Second):
		t.Fatal("the core of a killed process is not found")
	}
}

// give takes a core back that should not be free, and says that it was not.
func give(c *Core) bool {
	if c != nil {
		c.Release()
	}
	return c == nil
}

// stopped says whether every thread of a process has come to its stop: each does when it next
// gets a processor.
func stopped(t *testing.T, pid int) bool {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		t.Fatal("no threads: ", err)
	}
	return !slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err != nil || procfs.State(text) != 'T'
	})
}

// TestCoreLineStopped: one that is stopped while it is the first keeps nobody waiting.
func TestCoreLineStopped(t *testing.T) {
	dir := t.TempDir()
	held := mustCore(t, dir)
	first := waiter(t, dir)
	until(t, "the first waits", func() bool { return gateHeld(t, dir) })
	first.Process.Signal(syscall.SIGSTOP)
	until(t, "all its threads stand still", func() bool { return stopped(t, first.Process.Pid) })
	got := make(chan *Core, 1)
	go func() { got <- mustAwait(dir) }()
	until(t, "the second waits", func() bool { return inLine(t, dir) == 1 })
	held.Release()
	select {
	case c := <-got:
		c.Release()
	case <-time.After(30 * time.Second):
		t.Fatal("a stopped process keeps others from free cores")
	}
}

// TestCoreLineStop: who does not want a core any more leaves the line, wherever in it.
func TestCoreLineStop(t *testing.T) {
	dir := t.TempDir()
	held := mustCore(t, dir)
	stops := []chan struct{}{make(chan struct{}), make(chan struct{})}
	var all sync.WaitGroup
	for i, stop := range stops {
		all.Go(func() {
			c, err := NewTopology(SysCPU).Await(dir, one, 0, func() bool {
				select {
				case <-stop:
					return true
				default:
					return false
				}
			})
			if c != nil || err != nil {
				t.Errorf("core %v, %v", c, err)
			}
		})
		until(t, "in the line", func() bool { return gateHeld(t, dir) && inLine(t, dir) == i })
	}
	close(stops[1])
	close(stops[0])
	all.Wait()
	until(t, "the gate is open", func() bool { return !gateHeld(t, dir) })
	held.Release()
	mustCore(t, dir).Release()
}

// TestCoreLineOfOneProcess: its runs have their order, too, and one that leaves in the
// middle of it keeps nobody.
func TestCoreLineOfOneProcess(t *testing.T) {
	dir, topology := t.TempDir(), NewTopology(SysCPU)
	held := mustCore(t, dir)
	var mu sync.Mutex
	var all sync.WaitGroup
	var order []int
	var gone atomic.Bool
	waiting := func() int {
		topology.turns.mu.Lock()
		defer topology.turns.mu.Unlock()
		return len(topology.turns.list)
	}
	for i := range 8 {
		all.Go(func() {
			c, err := topology.Await(dir, one, 0, func() bool { return i == 3 && gone.Load() })
			if err != nil || (c == nil) != (i == 3) {
				t.Error(i, c, err)
			}
			if c == nil {
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			c.Release()
		})
		until(t, "in the line", func() bool { return waiting() == i+1 })
	}
	if n := inLine(t, dir); n > 0 {
		t.Errorf("%d threads of one process wait for the gate that it holds", n)
	}
	gone.Store(true)
	until(t, "one has left", func() bool { return waiting() == 7 })
	held.Release()
	all.Wait()
	if want := []int{0, 1, 2, 4, 5, 6, 7}; !slices.Equal(order, want) {
		t.Errorf("cores came in the order %v, want %v", order, want)
	}
	if !topology.turns.none() || gateHeld(t, dir) {
		t.Error("somebody is still in the line")
	}
}

// TestCoreBell: who gives a core back is heard by who listens, who looks in vain is not, and
// where there is no bell it only takes longer.
func TestCoreBell(t *testing.T) {
	dir := t.TempDir()
	ring(dir) // there is none yet
	held := mustCore(t, dir)
	bell := listen(dir)
	if bell == nil {
		t.Fatal("there is no bell")
	}
	rings := func() bool {
		if err := bell.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, _ := bell.Read(make([]byte, 8))
		return n > 0
	}
	if c, err := NewTopology(SysCPU).Try(dir, one, 0); c != nil || err != nil {
		t.Fatal(c, err)
	}
	if rings() {
		t.Error("who looks in vain rings")
	}
	held.Release()
	if !rings() {
		t.Error("who gives a core back does not ring")
	}
	bell.Close()
	ring(dir) // nobody listens, and nobody waits for that
	if listen(filepath.Join(dir, "missing")) != nil {
		t.Error("a bell in a directory that is not there")
	}
	hear(nil)
}

// BenchmarkAwait is what a run pays for its core where one is free.
func BenchmarkAwait(b *testing.B) {
	dir, topology := b.TempDir(), NewTopology(SysCPU)
	for b.Loop() {
		c, err := topology.Await(dir, one, 0, never)
		if err != nil || c == nil {
			b.Fatal(c, err)
		}
		c.Release()
	}
}

// BenchmarkAwaitBusy is what it takes from one run to the next where 4 wait for a core: of
// one process, and of as many.
func BenchmarkAwaitBusy(b *testing.B) {
	for _, processes := range []int{1, 4} {
		b.Run(fmt.Sprint(processes, " processes"), func(b *testing.B) {
			dir, topologies := b.TempDir(), make([]*Topology, processes)
			for i := range topologies {
				topologies[i] = NewTopology(SysCPU)
			}
			left := make(chan struct{}, b.N)
			for range b.N {
				left <- struct{}{}
			}
			close(left)
			var all sync.WaitGroup
			b.ResetTimer()
			for i := range 4 {
				all.Go(func() {
					for range left {
						c, err := topologies[i%processes].Await(dir, one, 0, never)
						if err != nil || c == nil {
							b.Error(c, err)
							return
						}
						c.Release()
					}
				})
			}
			all.Wait()
		})
	}
}
