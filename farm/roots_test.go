package farm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"judge/judge"
	"judge/store"
)

// aRootfs makes one of a file of so many bytes, and gives its digest.
func aRootfs(t testing.TB, dir, name string, fill byte, size int) string {
	t.Helper()
	d, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abandon()
	text := bytes.Repeat([]byte{fill}, size)
	for i := 0; i < size; i += 97 { // which a compressor does not make nothing of
		text[i] = byte(i * i / 97)
	}
	file := store.Entry{Path: "f", Kind: store.Regular, Mode: 0o644}
	proc := store.Entry{Path: "proc", Kind: store.Directory, Mode: 0o555}
	about := &store.About{Name: name}
	err = errors.Join(d.File(&file, bytes.NewReader(text)), d.Directory("proc"))
	if err == nil {
		err = d.Commit([]store.Entry{{Kind: store.Directory, Mode: 0o755}, file, proc}, about, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return about.Digest
}

// beginIn has a worker work whose machine has a store of its own.
func beginIn(t *testing.T, f *Farm, b *fakeBench, dir string, max int64, warn func(string)) {
	t.Helper()
	roots, err := NewRoots(f, dir, max)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := OpenCache(f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorker(f, WorkerOptions{Bench: b, Cache: cache, Roots: roots, Dir: t.TempDir(), Warn: warn})
	ended := make(chan error, 1)
	go func() { ended <- w.Run(context.Background()) }()
	t.Cleanup(func() {
		w.Halt()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// whole says that a store has a rootfs, as it was sent, and nothing half made.
func whole(t *testing.T, dir, digest string) {
	t.Helper()
	h, err := store.HoldDigest(dir, digest)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if list, err := h.Verify(); err != nil || len(list) > 0 {
		t.Errorf("it differs: %v, %v", list, err)
	}
	if left, err := store.Tidy(dir, true); err != nil || len(left) > 0 {
		t.Errorf("the store has %v, %v", left, err)
	}
}

// Workers of one machine that lack the rootfs of a batch fetch it at once, beside another one of the same name.
func TestRootFetched(t *testing.T) {
	mine, theirs := t.TempDir(), t.TempDir()
	t.Setenv(store.Variable, mine)
	digest := aRootfs(t, mine, "contest", 1, 3<<20)
	other := aRootfs(t, theirs, "contest", 2, 1000)
	h := newHost(t)
	pkg, files := contest(t, 2, 8)
	want := local(t, pkg, files)
	benches := []*fakeBench{newBench(1), newBench(1)}
	var both sync.WaitGroup // neither goes on before the other has the rootfs, too
	for _, b := range benches {
		both.Add(1)
		var first sync.Once
		b.before = func(context.Context, string, string) error {
			first.Do(both.Done)
			both.Wait()
			return nil
		}
		f, _ := h.farm(quick())
		beginIn(t, f, b, theirs, 10<<20, func(text string) { t.Log("worker:", text) })
	}
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{Judging: judge.Options{Rootfs: "contest"}}, pkg, files)
	same(t, s.wait(t), want)
	whole(t, theirs, digest)
	if all, err := store.Digests(theirs); err != nil || len(all) != 2 || all["contest"] != other || all[store.DigestName(digest)] != digest {
		t.Errorf("the workers' store has %v, %v", all, err)
	}
	// What all workers have is not sent again, nor is what the server has.
	r, err := f.sendRoot(context.Background(), lies(t, f), "contest", digest, func(text string) { t.Error(text) })
	if err != nil || !r.Sent || r.Bytes != 3<<20 || r.Files != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Where a rootfs cannot be had, no job of the batch is taken, and a person is told why; a worker that can
// have it does them all.
func TestRootRefused(t *testing.T) {
	for name, test := range map[string]struct {
		max  int64
		want string
		do   func(t *testing.T, f *Farm, dir string, r Root)
	}{
		"fetches none": {0, "fetches none: --rootfs-size", nil},
		"too large":    {1 << 20, "its 3 MiB are more", nil},
		"corrupt": {10 << 20, "was to have sha256:", func(t *testing.T, f *Farm, _ string, r Root) {
			poison(t, f, r)
		}},
		"no archive": {10 << 20, "fetch the rootfs contest, sha256:", func(t *testing.T, f *Farm, _ string, r Root) {
			if err := f.pour(context.Background(), lies(t, f), r.Blob(), strings.NewReader("no archive")); err != nil {
				t.Fatal(err)
			}
		}},
		"full disk": {10 << 20, "no space left on device", func(t *testing.T, _ *Farm, dir string, _ Root) {
			if os.Geteuid() != 0 {
				t.Skip("feature missing: root")
			}
			if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			mine, theirs := t.TempDir(), t.TempDir()
			t.Setenv(store.Variable, mine)
			digest := aRootfs(t, mine, "contest", 1, 3<<20)
			h := newHost(t)
			f, _ := h.farm(quick())
			r, err := f.sendRoot(context.Background(), lies(t, f), "contest", digest, func(string) {})
			if err != nil || !r.Sent {
				t.Fatalf("%+v, %v", r, err)
			}
			if test.do != nil {
				test.do(t, f, theirs, r)
			}
			told := make(chan string, 100)
			bad, good := newBench(1), newBench(1)
			beginIn(t, f, bad, theirs, test.max, func(text string) { told <- text })
			pkg, files := contest(t, 1, 2)
			s := send(t, f, CourtOptions{Judging: judge.Options{Rootfs: "contest"}}, pkg, files)
			if text := <-told; !strings.Contains(text, test.want) || !strings.Contains(text, "is not for this machine") {
				t.Errorf("it says %q", text)
			}
			beginIn(t, f, good, mine, 0, func(text string) { t.Error(text) })
			same(t, s.wait(t), local(t, pkg, files))
			if len(bad.list()) > 0 {
				t.Errorf("it judged %v", bad.list())
			}
			if p, err := f.Progress(context.Background(), s.court.ID()); err != nil || p.Faults > 0 {
				t.Errorf("%+v, %v", p, err)
			}
			if all, err := store.Digests(theirs); err != nil || len(all) > 0 {
				t.Errorf("the store has %v, %v", all, err)
			}
		})
	}
}

// poison puts another rootfs at the server under the digest of one.
func poison(t *testing.T, f *Farm, r Root) {
	t.Helper()
	dir := t.TempDir()
	held, err := store.HoldDigest(dir, aRootfs(t, dir, "evil", 66, 2000))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := f.pourRoot(context.Background(), lies(t, f), held, r); err != nil {
		t.Fatal(err)
	}
}

// What was fetched, and is not in use, makes room for what is wanted; nothing else does.
func TestRootRoom(t *testing.T) {
	mine, theirs := t.TempDir(), t.TempDir()
	t.Setenv(store.Variable, mine)
	own := aRootfs(t, theirs, "own", 9, 1<<20)
	h := newHost(t)
	f, _ := h.farm(quick())
	roots, err := NewRoots(f, theirs, 5<<20)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var held []io.Closer
	for i := range 3 {
		name := fmt.Sprint("r", i)
		r, err := f.sendRoot(ctx, lies(t, f), name, aRootfs(t, mine, name, byte(i), 2<<20), func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		one, err := roots.take(ctx, "me", r)
		if i == 2 {
			if err == nil || !strings.Contains(err.Error(), "leave no room") {
				t.Fatalf("while both are in use: %v", err)
			}
			if err := held[0].Close(); err != nil {
				t.Fatal(err)
			}
			one, err = roots.take(ctx, "me", r)
		}
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, one)
	}
	all, err := store.Digests(theirs)
	if err != nil || len(all) != 3 || all["own"] != own {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := os.Stat(filepath.Join(theirs, "own")); err != nil {
		t.Error(err)
	}
	for _, one := range held[1:] {
		if err := one.Close(); err != nil {
			t.Error(err)
		}
	}
}
