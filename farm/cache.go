package farm

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Cache keeps blobs in a directory, each a file named after its user and its digest, with ".x" where
// it is a program: who knows but the digest of what another user sent does not get it here. Several workers may share one: files appear whole, and one that another
// worker took away is fetched again. A file that was there before is read and held against its
// name before it is used the first time.
type Cache struct {
	farm *Farm
	dir  string
	max  int64

	mu     sync.Mutex
	size   int64                 // of what was added or found; another worker's share may be missing
	proved map[string]bool       // files whose contents were seen to be right
	busy   map[string]*sync.Cond // being fetched
}

// OpenCache opens a directory, and makes it if it is not there. It holds max bytes at most, beside
// what is just being fetched; 0 is 1 GiB.
func OpenCache(f *Farm, dir string, max int64) (*Cache, error) {
	if max <= 0 {
		max = 1 << 30
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the cache of blobs: %w", err)
	}
	c := &Cache{farm: f, dir: dir, max: max, proved: map[string]bool{}, busy: map[string]*sync.Cond{}}
	c.tidy("")
	return c, nil
}

// place puts an entry's file to a path: the cache's own file under another name where that can be.
func (c *Cache) place(ctx context.Context, user string, e entry, path string) error {
	name := user + "." + e.Blob
	if e.Executable {
		name += ".x"
	}
	for range 3 {
		file, err := c.get(ctx, user, e.Blob, name)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		err = os.Link(file, path)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrNotExist): // another worker took it away
			c.mu.Lock()
			delete(c.proved, name)
			c.mu.Unlock()
		default: // another file system, or as many names as a file may have
			return copyFile(file, path, e.Executable)
		}
	}
	return fmt.Errorf("%s: the blob %s vanishes from the cache %s as soon as it is there", e.Name, e.Blob, c.dir)
}

// get is the path of a file of the cache. Of several who ask for one, one fetches it.
func (c *Cache) get(ctx context.Context, user, digest, name string) (string, error) {
	file := filepath.Join(c.dir, name)
	c.mu.Lock()
	for c.busy[name] != nil {
		c.busy[name].Wait()
	}
	if c.proved[name] {
		if now := time.Now(); os.Chtimes(file, now, now) == nil {
			c.mu.Unlock()
			return file, nil
		}
		delete(c.proved, name) // it is gone
	}
	done := sync.NewCond(&c.mu)
	c.busy[name] = done
	c.mu.Unlock()

	size, err := c.bring(ctx, user, digest, file, strings.HasSuffix(name, ".x"))

	c.mu.Lock()
	delete(c.busy, name)
	done.Broadcast()
	c.proved[name] = err == nil
	c.size += size
	full := c.size > c.max
	c.mu.Unlock()
	if full {
		c.tidy(name)
	}
	return file, err
}

// bring sees that a file is there, and is what its name says. It gives how many bytes that took.
func (c *Cache) bring(ctx context.Context, user, digest, file string, executable bool) (int64, error) {
	if sum, err := fileDigest(file); err == nil && sum == digest {
		return 0, nil
	}
	temp, err := os.CreateTemp(c.dir, "new-")
	if err != nil {
		return 0, fmt.Errorf("keep a blob: %w", err)
	}
	defer os.Remove(temp.Name()) // in vain, where it has its name
	err = c.farm.fetch(ctx, user, digest, temp)
	var size int64
	if err == nil {
		size, err = temp.Seek(0, io.SeekEnd)
	}
	if err == nil {
		err = temp.Chmod(mode(executable))
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(temp.Name(), file)
}

func mode(executable bool) fs.FileMode {
	if executable {
		return 0o555
	}
	return 0o444
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// half is how old a file of a fetch is that ended without taking it away.
const half = 24 * time.Hour

// tidy takes away what was used longest ago, until the rest fits, but for the file kept. What a
// package was made of stays there: its files have names of their own.
func (c *Cache) tidy(kept string) {
	list, err := os.ReadDir(c.dir)
	if err != nil {
		return // whoever puts something in will hear of it
	}
	type old struct {
		name string
		size int64
		used time.Time
	}
	var files []old
	var size int64
	for _, d := range list {
		info, err := d.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case strings.HasPrefix(d.Name(), "new-"):
			if time.Since(info.ModTime()) > half {
				_ = os.Remove(filepath.Join(c.dir, d.Name())) // who is at it finds no name to change, and fails
			}
		default:
			files = append(files, old{d.Name(), info.Size(), info.ModTime()})
			size += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b old) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name)) })
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range files {
		if size <= c.max {
			break
		}
		if f.name == kept || c.busy[f.name] != nil {
			continue
		}
		if os.Remove(filepath.Join(c.dir, f.name)) == nil {
			size -= f.size
			delete(c.proved, f.name)
		}
	}
	c.size = size
}

func copyFile(from, to string, executable bool) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy a blob: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode(executable))
	if err != nil {
		return fmt.Errorf("copy a blob: %w", err)
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
