package store

import (
	"errors"
	"io/fs"
	"testing"
)

// A rootfs is found by what it holds, and one that is not what it was to be gets no name.
func TestHoldDigest(t *testing.T) {
	dir := t.TempDir()
	commit := func(name, want string) error {
		d, err := Begin(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abandon()
		d.MustBe(want)
		return d.Commit([]Entry{{Kind: Directory, Mode: 0o755}}, &About{Name: name}, false)
	}
	var wrong *DigestError
	if err := commit("a", "sha256:00"); !errors.As(err, &wrong) {
		t.Fatalf("of another digest: %v", err)
	}
	if _, err := HoldDigest(dir, wrong.Got); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it has a name: %v", err)
	}
	if err := commit("a", wrong.Got); err != nil {
		t.Fatal(err)
	}
	h, err := HoldDigest(dir, wrong.Got)
	if err != nil {
		t.Fatal(err)
	}
	if h.Digest != wrong.Got {
		t.Errorf("it holds %s", h.Digest)
	}
	if err := Remove(dir, "a"); !errors.Is(err, ErrInUse) {
		t.Errorf("it is removed while it is held: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if all, err := Digests(dir); err != nil || len(all) != 1 || all["a"] != wrong.Got {
		t.Errorf("%v, %v", all, err)
	}
}
