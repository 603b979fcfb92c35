package procfs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestRead reads what is longer than the room, and than any page.
func TestRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "list")
	for _, size := range []int{0, 1, 511, 512, 513, 4096, 300_000} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(name, want, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, 512, 4096} {
			if got, err := Read(name, room); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, room for %d: got %d, %v", size, room, len(got), err)
			}
		}
	}
	if _, err := Read(name+"-not", 512); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
