package main

import (
	"archive/tar"
	"os"
	"path/filepath"
	"testing"

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
