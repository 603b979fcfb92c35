package seccomp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	spec := ownSpec(t)
	dir := filepath.Join(t.TempDir(), "a", "cache")
	o := Options{Cache: dir, Helper: at(helper(t))}
	f, err := Load(spec, X86_64, o)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, spec, X86_64, f.Program)
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm() != 0o700 {
		t.Fatalf("the directory: %v, %v", st.Mode(), err)
	}
	file := filepath.Join(dir, cacheKey("spec", spec.Digest(), X86_64))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o.Helper = nil // from now on only the cache has it
	if g, err := Load(spec, X86_64, o); err != nil || !bytes.Equal(f.Program, g.Program) {
		t.Fatalf("from the cache: %v", err)
	}
	if _, err := Load(spec, ARM64, o); !errors.Is(err, ErrNoHelper) {
		t.Errorf("another architecture's filter: %v", err)
	}

	bad := map[string]func() error{
		"a bit":                 func() error { b := bytes.Clone(whole); b[len(b)-3] ^= 1; return os.WriteFile(file, b, 0o600) },
		"a bit of the checksum": func() error { b := bytes.Clone(whole); b[len(cacheMagic)] ^= 1; return os.WriteFile(file, b, 0o600) },
		"cut short":             func() error { return os.WriteFile(file, whole[:len(whole)-8], 0o600) },
		"empty":                 func() error { return os.WriteFile(file, nil, 0o600) },
		"only a beginning":      func() error { return os.WriteFile(file, whole[:len(cacheMagic)+3], 0o600) },
		"too long":              func() error { return os.WriteFile(file, append(bytes.Clone(whole), make([]byte, 1<<20)...), 0o600) },
		"another's program": func() error {
			c := &cache{mustOpen(t, dir)}
			defer c.close()
			if err := c.put("x", f.Program); err != nil {
				return err
			}
			return os.Rename(filepath.Join(dir, "x"), file)
		},
		"a symbolic link": func() error {
			other := filepath.Join(t.TempDir(), "other")
			return errors.Join(os.WriteFile(other, whole, 0o600), os.Remove(file), os.Symlink(other, file))
		},
		"gone": func() error { return os.Remove(file) },
	}
	for what, spoil := range bad {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(spec, X86_64, o); !errors.Is(err, ErrNoHelper) {
			t.Errorf("%s: believed, %v", what, err)
		}
		again := o
		again.Helper = at(helper(t))
		if g, err := Load(spec, X86_64, again); err != nil || !bytes.Equal(f.Program, g.Program) {
			t.Errorf("%s: not made again, %v", what, err)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, whole) {
			t.Errorf("%s: not mended, %v", what, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func mustOpen(t *testing.T, dir string) *os.File {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCacheByText: a policy that was loaded before is not resolved again.
func TestCacheByText(t *testing.T) {
	p := builtin(t, "strict")
	p.Allow = append(p.Allow, "uselib")
	o := Options{Cache: filepath.Join(t.TempDir(), "cache"), Helper: at(helper(t))}
	f, err := LoadPolicy(p, X86_64, o)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, ownSpec(t), X86_64, f.Program)
	o.Helper = nil
	if g, err := LoadPolicy(p, X86_64, o); err != nil || !bytes.Equal(f.Program, g.Program) {
		t.Errorf("the second time: %v", err)
	}
	o.WithoutNotices = true
	if g, err := LoadPolicy(p, X86_64, o); err != nil || g.UsesNotify {
		t.Errorf("without notices: %v", err)
	}
	p.Allow = append(p.Allow, "opennat")
	var u *UnknownError
	if _, err := LoadPolicy(p, X86_64, o); !errors.As(err, &u) {
		t.Errorf("a bad policy: %v", err)
	}
}

func TestCacheRefusesForeignDirectories(t *testing.T) {
	o := Options{Helper: at("/nonexistent")}
	for _, mode := range []os.FileMode{0o755, 0o770, 0o1700 | os.ModeSticky, 0o777} {
		o.Cache = t.TempDir()
		if err := os.Chmod(o.Cache, mode); err != nil {
			t.Fatal(err)
		}
		var c *CacheError
		if _, err := Load(ownSpec(t), X86_64, o); !errors.As(err, &c) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	own := t.TempDir()
	if err := os.Chmod(own, 0o700); err != nil {
		t.Fatal(err)
	}
	o.Cache = filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(own, o.Cache); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(ownSpec(t), X86_64, o); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a symbolic link: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root, to give a directory away")
	}
	o.Cache = own
	if err := os.Chown(own, 12345, -1); err != nil {
		t.Fatal(err)
	}
	var c *CacheError
	if _, err := Load(ownSpec(t), X86_64, o); !errors.As(err, &c) {
		t.Errorf("another's directory: %v", err)
	}
}

// TestCacheRace: judges that start at once do not hurt each other.
func TestCacheRace(t *testing.T) {
	spec := ownSpec(t)
	o := Options{Cache: filepath.Join(t.TempDir(), "cache"), Helper: at(helper(t))}
	var wg sync.WaitGroup
	programs := make([][]byte, 8)
	for i := range programs {
		wg.Go(func() {
			f, err := Load(spec, X86_64, o)
			if err != nil {
				t.Error(err)
			}
			programs[i] = f.Program
		})
	}
	wg.Wait()
	for _, p := range programs {
		if !bytes.Equal(p, programs[0]) {
			t.Error("programs differ")
		}
	}
	entries, err := os.ReadDir(o.Cache)
	if err != nil || len(entries) != 1 {
		t.Errorf("in the cache: %v, %v", entries, err)
	}
}
