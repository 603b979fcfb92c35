package farm

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A disk that gets full, in three ways, while a batch is graded: nothing more is taken in while there is still some space, or
// by --max-store, and all goes on when there is more; or it is full at once, and the server says so and ends, and goes on when
// it is started again. Nothing is lost or done twice, and results are those of one machine.
func TestFullDisk(t *testing.T) {
	const inside = "JUDGE_TEST_MOUNTS"
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	if os.Getenv(inside) == "" { // again, where mounts are this test's alone
		c := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		c.Env = append(os.Environ(), inside+"=1")
		c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		out, err := c.CombinedOutput()
		t.Logf("%s", out)
		if err != nil || !strings.Contains(string(out), "--- PASS: TestFullDisk/at_once") {
			t.Error(err)
		}
		return
	}
	t.Run("nearly", func(t *testing.T) { fullDisk(t, nearly) })
	t.Run("by its bound", func(t *testing.T) { fullDisk(t, bounded) })
	t.Run("at once", func(t *testing.T) { fullDisk(t, suddenly) })
}

// A filling is a way in which a disk gets full.
type filling int

const (
	nearly   filling = iota // the server sees it coming
	bounded                 // it has as much as it may have
	suddenly                // it is full when a verdict is written
)

const diskSize = 32 << 20

func fullDisk(t *testing.T, how filling) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	spec := map[string]any{"Listen": freePort(t), "Dir": filepath.Join(dir, "store"), "MaxStore": diskSize, "Unguarded": how != nearly}
	serve := func() *process {
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		s := act(t, string(text))
		s.hear()
		return s
	}
	s := serve()
	pkg, files := contest(t, 4, 12)
	want := local(t, pkg, files)
	c := &cluster{t: t, urls: []string{"nats://" + spec["Listen"].(string)}}
	var told said
	batch, goOn := halfWayOf(t, c, c.farm(), pkg, files, told.add)

	fill := filepath.Join(dir, "fill")
	switch how {
	case nearly:
		grow(t, fill, diskSize-(4<<20))
		if line := s.hear(); !strings.Contains(line, "nothing more is taken in") {
			t.Errorf("the server says %q", line)
		}
	case bounded:
		s.signal(syscall.SIGKILL)
		s.gone(syscall.SIGKILL)
		spec["MaxStore"] = 1
		s = serve()
	case suddenly:
		grow(t, fill, diskSize)
	}
	goOn()
	if how == suddenly {
		for range s.said { // until it ends
		}
		if err := s.Wait(); err == nil {
			t.Error("the server ends as if nothing were")
		}
	} else {
		until(t, "the workers say that there is no space", func() bool { return told.has("the server's disk is full") })
	}
	select {
	case <-batch.results:
		t.Fatalf("it ended while there was no space: %v", batch.err)
	default:
	}
	if how == bounded {
		s.signal(syscall.SIGKILL)
		s.gone(syscall.SIGKILL)
		spec["MaxStore"] = diskSize
	} else if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if how != nearly {
		s = serve()
	} else if line := s.hear(); !strings.Contains(line, "all is taken in") {
		t.Errorf("the server says %q", line)
	}
	c.whole(c.farm(), batch, want)
	s.signal(syscall.SIGKILL) // and what is there is there after a restart
	s.gone(syscall.SIGKILL)
	serve()
	if p, err := c.farm().Progress(context.Background(), batch.court.ID()); err != nil || p.Results != 12 || p.Cases != 9*4+3*2 {
		t.Errorf("after a restart: %+v, %v", p, err)
	}
}

// grow makes a file as long as it gets, and as it is to be.
func grow(t *testing.T, name string, size int) {
	t.Helper()
	if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil && size < diskSize {
		t.Fatal(err)
	}
}

// said is what was said.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.WriteString(text + "\n")
}

func (s *said) has(part string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text.String(), part)
}
