package main

import (
	"archive/tar"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"judge/store"
)

// writeTar makes an archive of one file that holds its own name.
func writeTar(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(name))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(name)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// command does what judge rootfs does with these words, in a store.
func command(t *testing.T, words ...string) error {
	t.Helper()
	_, err := dispatch(t.Context(), words)
	return explained(err)
}

func TestLayerInPlaceOfItsBase(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(store.Variable, dir)
	if err := command(t, "import", "--quiet", "--name", "x", writeTar(t, "below")); err != nil {
		t.Fatal(err)
	}
	if err := command(t, "import", "--quiet", "--name", "x", "--base", "x", "--replace", writeTar(t, "above")); err != nil {
		t.Fatal(err)
	}
	h, err := store.Hold(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, name := range []string{"below", "above"} {
		if text, err := os.ReadFile(h.Path(name)); err != nil || string(text) != name {
			t.Errorf("/%s holds %q, %v", name, text, err)
		}
	}
	if list, err := h.Verify(); err != nil || len(list) > 0 {
		t.Errorf("damaged: %v %v", list, err)
	}
}

// A pack that is stopped says so, as an import does, and changes nothing.
func TestPackIsStopped(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: pack is for root alone")
	}
	dir, bin := t.TempDir(), t.TempDir()
	t.Setenv(store.Variable, dir)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	// In place of mksquashfs, for as long as it is let.
	script := "#!/bin/sh\necho >" + bin + "/runs\nexec sleep 100\n"
	if err := os.WriteFile(filepath.Join(bin, "mksquashfs"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := command(t, "import", "--quiet", "--name", "x", writeTar(t, "below")); err != nil {
		t.Fatal(err)
	}
	before, err := store.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(bin, "runs")); err == nil {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	if _, err := dispatch(ctx, []string{"pack", "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("it was stopped, and says: %v", err)
	}
	after, err := store.List(dir)
	if err != nil || len(after) != 1 || after[0].Digest != before[0].Digest || after[0].Image != "" {
		t.Errorf("the store holds %+v, %v; before %+v", after, err, before)
	}
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{".objects", "lock", "x"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("the store's directory holds %q, %v, want %q", names, err, want)
	}
}
