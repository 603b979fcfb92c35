package lease

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// holderVar names a directory: this binary takes a slot and a core there, says
// which, and waits to be killed.
const holderVar = "JUDGE_LEASE_TEST_HOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ledgerVar); dir != "" {
		ledgerHolder(dir, os.Getenv(askVar))
	}
	if dir := os.Getenv(lineVar); dir != "" {
		lineHolder(dir)
	}
	if dir := os.Getenv(holderVar); dir != "" {
		slot, err := Acquire(dir)
		mine, err1 := Mine()
		core, err2 := NewTopology(SysCPU).Try(dir, mine, 0)
		if err := errors.Join(err, err1, err2); err != nil || core == nil {
			fmt.Println(-1, -1, err)
			os.Exit(1)
		}
		fmt.Println(slot.N, core.N)
		time.Sleep(time.Hour) // select {} would be found out as a deadlock
	}
	os.Exit(m.Run())
}

// holder is another process that holds a slot and a core.
func holder(t *testing.T, dir string) (slot, core int, kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), holderVar+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &slot, &core); err != nil || slot < 0 {
		t.Fatalf("the other process says %q", line)
	}
	return slot, core, kill
}

func acquire(t *testing.T, dir string) *Slot {
	t.Helper()
	s, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSlotsOfOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "judge") // made if it is missing
	a, b, c := acquire(t, dir), acquire(t, dir), acquire(t, dir)
	if a.N != 0 || b.N != 1 || c.N != 2 {
		t.Errorf("slots %d, %d, %d, want the lowest", a.N, b.N, c.N)
	}
	if b.UID() != FirstUID+1 || b.Leaf() != b.Mark.Leaf(1) {
		t.Errorf("slot 1 has uid %d and leaf %s", b.UID(), b.Leaf())
	}
	if s, err := Try(dir, 1); s != nil || err != nil {
		t.Errorf("a slot that is taken: %v %v", s, err)
	}
	if err := b.Release(); err != nil {
		t.Error(err)
	}
	again := acquire(t, dir)
	if again.N != 1 {
		t.Errorf("slot %d, want the one that was given back", again.N)
	}
	for _, s := range []*Slot{a, again, c} {
		if err := s.Release(); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("files of leases stay: %v %v", entries, err)
	}
}

func TestSlotOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	n, _, kill := holder(t, dir)
	if n != 0 {
		t.Errorf("the other process has slot %d", n)
	}
	if s, err := Try(dir, n); s != nil || err != nil {
		t.Errorf("its slot was taken: %v %v", s, err)
	}
	mine := acquire(t, dir)
	if mine.N != 1 {
		t.Errorf("slot %d, want 1", mine.N)
	}
	kill() // and its slot is free at once
	s, err := Try(dir, n)
	if s == nil || err != nil {
		t.Fatalf("the slot of a killed process: %v %v", s, err)
	}
	if err := errors.Join(s.Release(), mine.Release()); err != nil {
		t.Error(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	held := map[int]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				s, err := Acquire(dir)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if held[s.N] {
					t.Errorf("slot %d is held twice", s.N)
				}
				held[s.N] = true
				mu.Unlock()
				mu.Lock()
				delete(held, s.N)
				mu.Unlock()
				if err := s.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestNames(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 99, Max - 1} {
		if got, ok := number(fileName(n)); !ok || got != n {
			t.Errorf("%s is %d, %t", fileName(n), got, ok)
		}
	}
	for _, name := range []string{"", "slot", "slot-", "slot--1", "slot-+1", "slot-01", "slot-1 ", "slot-1x", "slot-0x1", "Slot-1", "xslot-1",
		fileName(Max), fileName(-1), "slot-99999999999999999999", "test-1-1"} {
		if n, ok := number(name); ok {
			t.Errorf("%q is slot %d", name, n)
		}
	}
	if FirstUID+Max >= 1<<31 {
		t.Error("uids that some programs take for negative")
	}
}

// A link in the place of a lease is an error, and what it leads to stays as it is.
func TestLinkInThePlaceOfALease(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{fileName(0): other, fileName(1): filepath.Join(filepath.Dir(other), "new")} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2 {
		if s, err := Try(dir, n); !errors.Is(err, unix.ELOOP) {
			t.Errorf("slot %d: %v %v, want ELOOP", n, s, err)
		}
	}
	if data, err := os.ReadFile(other); err != nil || string(data) != "content" {
		t.Errorf("%q %v", data, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(other)); err != nil || len(entries) != 1 {
		t.Errorf("made through the link: %v %v", entries, err)
	}
}

func TestNoSuchPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Acquire(filepath.Join(file, "dir")); err == nil {
		t.Errorf("slot %d below a file", s.N)
	}
}

// No program that this process starts inherits a lease.
func TestLeaseIsNotInherited(t *testing.T) {
	dir := t.TempDir()
	s := acquire(t, dir)
	cmd := exec.Command("/bin/sleep", "100")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
	if again, err := Try(dir, s.N); again == nil || err != nil {
		t.Errorf("a lease that was given back is still held: %v", err)
	}
}
