package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A directory for leases is judge's own, or none.
func TestPrivate(t *testing.T) {
	me, top := os.Getuid(), t.TempDir()
	tests := []struct {
		name  string
		plant func(dir string) error
		want  error // nil: it may be used
	}{
		{"missing", func(string) error { return nil }, nil},
		{"own", func(dir string) error { return os.Mkdir(dir, 0o700) }, nil},
		{"own, for others to look at", func(dir string) error { return os.Mkdir(dir, 0o755) }, nil},
		{"own, for others to write", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) }, os.ErrPermission},
		{"own, for a group to write", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o770)) }, os.ErrPermission},
		{"a file", func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, unix.ENOTDIR},
		{"a link to a directory of one's own", func(dir string) error { return os.Symlink(top, dir) }, unix.ENOTDIR},
		{"a link to nothing", func(dir string) error { return os.Symlink("/nowhere", dir) }, unix.ENOTDIR},
	}
	if me == 0 {
		tests = append(tests, struct {
			name  string
			plant func(dir string) error
			want  error
		}{"somebody else's", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, 65534)) }, os.ErrPermission})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "judge")
			if err := tt.plant(dir); err != nil {
				t.Fatal(err)
			}
			_, before := os.Lstat(dir)
			if err := private(dir, me, false); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if _, after := os.Lstat(dir); (before == nil) != (after == nil) {
				t.Error("it was made without being asked for")
			}
			if err := private(dir, me, true); !errors.Is(err, tt.want) {
				t.Errorf("made: %v, want %v", err, tt.want)
			}
			if info, err := os.Lstat(dir); err != nil || tt.want == nil && !info.IsDir() {
				t.Errorf("%v %v", info, err)
			}
		})
	}
}

func TestOwnPlaces(t *testing.T) {
	runtime, home := t.TempDir(), t.TempDir()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	tests := []struct {
		name string
		env  func(string) string
		want places
	}{
		{"as the desktop sets them", env("XDG_RUNTIME_DIR", runtime, "HOME", home), places{runtime + "/judge", home + "/.cache/judge/seccomp"}},
		{"a cache of one's own", env("XDG_RUNTIME_DIR", runtime, "HOME", home, "XDG_CACHE_HOME", "/cache"), places{runtime + "/judge", "/cache/judge/seccomp"}},
		{"no home", env("XDG_RUNTIME_DIR", runtime), places{runtime + "/judge", runtime + "/judge/seccomp"}},
		{"a home that is not there", env("XDG_RUNTIME_DIR", runtime, "HOME", "/nowhere"), places{runtime + "/judge", runtime + "/judge/seccomp"}},
		{"relative paths, which are to be ignored", env("XDG_RUNTIME_DIR", "run", "HOME", ".", "XDG_CACHE_HOME", "cache"),
			places{"/tmp/judge-1234567", "/tmp/judge-1234567/seccomp"}},
		{"a runtime directory that is not there", env("XDG_RUNTIME_DIR", "/nowhere"), places{"/tmp/judge-1234567", "/tmp/judge-1234567/seccomp"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			uid := 1234567 // that no /run/user has
			got, err := ownPlaces(uid, tt.env, false)
			if err != nil || got != tt.want {
				t.Errorf("%+v %v, want %+v", got, err, tt.want)
			}
		})
	}
}
