package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSubdirs: directories are told from files, on file systems that say in the
// list what an entry is.
func TestSubdirs(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for _, name := range []string{"slot-0", "slot-1", strings.Repeat("long", 60), "a"} {
		for i := range 60 { // more than one buffer holds
			full := name
			if i > 0 {
				full = name[:min(len(name), 200)] + "-" + strings.Repeat("x", i%40) + string(rune('A'+i%26)) + string(rune('A'+i/26))
			}
			if err := os.Mkdir(filepath.Join(dir, full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "file-"+full), nil, 0o644); err != nil {
				if len(full) < 240 {
					t.Fatal(err)
				}
			}
			want = append(want, full)
		}
	}
	got, err := subdirs(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d names, want %d", len(got), len(want))
	}
	if got, err := subdirs(filepath.Join(dir, "none")); got != nil || err != nil {
		t.Errorf("no such cgroup: %v, %v", got, err)
	}
}

// TestSubdirsUnknown: where the list does not say it, each entry is asked for.
func TestSubdirsUnknown(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "leaf"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tasks"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	entry := func(name string) []byte { // struct linux_dirent64 of DT_UNKNOWN
		e := make([]byte, (19+len(name)+1+7)&^7)
		e[0], e[16] = 1, byte(len(e))
		copy(e[19:], name)
		return e
	}
	entries := slices.Concat(entry("."), entry(".."), entry("leaf"), entry("tasks"), entry("gone"))
	if got := appendDirs(nil, dir, entries); !slices.Equal(got, []string{"leaf"}) {
		t.Errorf("%q", got)
	}
}
