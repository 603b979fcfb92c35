package judge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A cache keeps what compilers made, by everything that it was made of. An entry is
// a directory KEY.BYTES with box/ and compile.json; it gets its name by a rename when
// all of it is on disk, and loses it by another before it is removed. So judges that
// share a cache need no lock: who finds an entry gone half way compiles.
type cache struct {
	what string // for messages
	dir  string
	size int64        // of all entries at most
	room atomic.Int64 // what may still be added before a look at the rest
}

// openCaches opens those that the options name. One that cannot be used is done without.
func (e *Engine) openCaches() {
	open := func(what, dir string, size, usual int64) *cache {
		if dir == "" {
			return nil
		}
		if size <= 0 {
			size = usual
		}
		c, err := openCache(what, dir, size)
		if err != nil {
			e.warn(err.Error())
		}
		return c
	}
	e.cache = open("compile cache", e.opts.Cache, e.opts.CacheSize, 1<<30)
	e.results = open("result cache", e.opts.Results, e.opts.ResultsSize, 256<<20)
}

// openCache uses a directory that nobody else can write to, and makes it; nil, and why,
// if it is not such a one.
func openCache(what, dir string, size int64) (*cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the %s: %w", what, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("look at the %s: %w", what, err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the %s %s is not used: it must be a directory that only its owner can enter (chmod 700)", what, dir)
	}
	// Only its owner can change a directory's mode (chmod(2)); root can, and is trusted
	// with everything here. A directory of mode 0700 that is another user's cannot be
	// entered by anybody else.
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the %s %s is not used: %w", what, dir, err)
	}
	return &cache{what: what, dir: dir, size: size}, nil
}

// find lists the entries of a key: one, or more while judges write at the same time.
func (c *cache) find(key string) []string {
	found, err := filepath.Glob(filepath.Join(c.dir, key+".*"))
	if err != nil {
		return nil // of a bad pattern only
	}
	return found
}

// replace makes an entry that is a file, in place of what there is of its key. It is not
// waited for until it is on the disk: whoever reads it finds out by checksums.
func (c *cache) replace(key string, text []byte) error {
	f, err := os.CreateTemp(c.dir, ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // there is nothing of that name any more if all went well
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	old, name := c.find(key), filepath.Join(c.dir, fmt.Sprintf("%s.%d", key, len(text)))
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	for _, file := range old {
		if file != name {
			os.Remove(file)
		}
	}
	if c.room.Add(-int64(len(text))) >= 0 {
		return nil
	}
	c.room.Store(c.size / 32) // to look through all entries each time would take longer than to judge
	return c.trim()
}

// get puts an entry's box at the place to, and says how it was compiled; nil if there
// is no such entry, or not all of it.
func (c *cache) get(key, to string) *Compile {
	found := c.find(key)
	if len(found) == 0 {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(found[0], "compile.json"))
	if err != nil {
		return nil
	}
	compile := &Compile{}
	if err := json.Unmarshal(text, compile); err != nil {
		os.RemoveAll(found[0]) // a broken entry, which would keep a whole one from its name
		return nil
	}
	if err := linkTree(filepath.Join(found[0], "box"), to); err != nil {
		os.RemoveAll(to) // another judge has removed the entry meanwhile
		return nil
	}
	now := time.Now()
	os.Chtimes(found[0], now, now) // what was used last goes last; it may be gone
	compile.Cached = true
	return compile
}

// linkTree makes a directory with the same files as another: the files themselves where
// both are on one file system, else copies. Nobody writes to them.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := to + path[len(from):]
		if d.IsDir() {
			return os.Mkdir(target, 0o755)
		}
		if os.Link(path, target) == nil {
			return nil
		}
		return copyFile(path, target, nil)
	})
}

// put keeps what was compiled. It is a convenience: a full disk is no error of grading.
func (c *cache) put(key, box string, compile *Compile) error {
	temp, err := os.MkdirTemp(c.dir, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) // there is nothing of that name any more if all went well
	text, err := json.Marshal(compile)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(temp, "compile.json"), text, 0o600); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(temp, "box"), os.DirFS(box)); err != nil {
		return err
	}
	size, err := settleOnDisk(temp)
	if err != nil {
		return err
	}
	err = os.Rename(temp, filepath.Join(c.dir, fmt.Sprintf("%s.%d", key, size)))
	if errors.Is(err, fs.ErrExist) { // another judge was quicker
		return nil
	}
	return errors.Join(err, c.trim())
}

// settleOnDisk writes all files below a directory to disk, so that what has its name
// after a crash is whole, and gives the sum of their sizes.
func settleOnDisk(dir string) (int64, error) {
	var size int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return errors.Join(err, f.Sync(), f.Close())
	})
	return size, err
}

// leftover is how old an unfinished entry is when its judge has surely been killed.
const leftover = time.Hour

// trim removes the entries that were not used for longest, until the rest fits.
func (c *cache) trim() error {
	type entry struct {
		name string
		size int64
		used time.Time
	}
	list, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var entries []entry
	var sum int64
	for _, d := range list {
		info, err := d.Info()
		if err != nil {
			continue // another judge removes it
		}
		_, digits, named := strings.Cut(d.Name(), ".")
		size, err := strconv.ParseInt(digits, 10, 64)
		if strings.HasPrefix(d.Name(), ".") || !named || err != nil {
			if time.Since(info.ModTime()) > leftover {
				os.RemoveAll(filepath.Join(c.dir, d.Name()))
			}
			continue
		}
		entries = append(entries, entry{d.Name(), size, info.ModTime()})
		sum += size
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.used.Compare(b.used) })
	for _, old := range entries {
		if sum <= c.size {
			break
		}
		sum -= old.size
		gone := filepath.Join(c.dir, ".old-"+old.name)
		if os.Rename(filepath.Join(c.dir, old.name), gone) == nil {
			os.RemoveAll(gone)
		}
	}
	return nil
}
