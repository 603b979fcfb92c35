package farm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// An entry is a file, or a link, of a package or a submission.
type entry struct {
	Name       string `json:"name"` // with slashes, below its folder
	Blob       string `json:"blob,omitempty"`
	Size       int64  `json:"size,omitempty"`
	Executable bool   `json:"executable,omitempty"`
	Link       string `json:"link,omitempty"` // a link's target, relative to where it lies; such an entry has no blob
	Text       []byte `json:"text,omitempty"` // a small file itself: there is neither a blob nor a link
}

// maxEntries bounds how many files a package may have.
const maxEntries = 1_000_000

// An entryList is all of a package or a submission.
type entryList []entry

// UnmarshalJSON takes no more of them than there may be: in memory one is far larger than the null that it may be written as.
func (l *entryList) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return errors.Join(err, errors.New("it is no list of files"))
	}
	for d.More() {
		if len(*l) == maxEntries {
			return fmt.Errorf("it has more than %d files", maxEntries)
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return err
		}
		*l = append(*l, e)
	}
	return nil
}

// atOnce is how many files of a folder are sent or fetched at once.
const atOnce = 8

func placeIn(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

// check refuses an entry that would lie, or lead, outside of its folder, or have its contents from outside of the cache.
func (e entry) check() error {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(e.Name)) || path.Clean(e.Name) != e.Name || e.Name == ".":
		return fmt.Errorf("%q is no name of a file below a folder", e.Name)
	case e.Blob != "" && !validDigest.MatchString(e.Blob): // it becomes a part of a path, where a device may be, which is read without end
		return fmt.Errorf("%s: %q is no digest", e.Name, e.Blob)
	case e.Link != "" && (path.IsAbs(e.Link) || !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(e.Name), e.Link)))):
		return &Refusal{What: fmt.Sprintf("the link %s leads to %s, out of its folder", e.Name, e.Link), Hint: "put a copy of the file in its place"}
	}
	return nil
}

// walk lists what there is in a package, without contents. As in its digest, folders
// whose name begins with a dot are no part of it.
func walk(dir string) ([]entry, error) {
	var list []entry
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p) // it is below
		e := entry{Name: filepath.ToSlash(name)}
		switch {
		case d.IsDir() && p != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			if e.Link, err = os.Readlink(p); err != nil {
				return err
			}
			if err := e.check(); err != nil {
				return err
			}
		case !d.Type().IsRegular():
			return nil
		}
		if len(list) == maxEntries {
			return &Refusal{What: fmt.Sprintf("%s has more than %d files", dir, maxEntries), Hint: "take out what is no part of the package"}
		}
		list = append(list, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", dir, err)
	}
	return list, nil
}

// sendTree sends a package: its files, and the list of them, whose digest it gives.
func (f *Farm) sendTree(ctx context.Context, user, dir string) (string, error) {
	list, err := walk(dir)
	if err != nil {
		return "", err
	}
	if err := f.sendFiles(ctx, user, list, func(e entry) string { return placeIn(dir, e.Name) }); err != nil {
		return "", err
	}
	return f.putJSON(ctx, user, list)
}

// sendFiles sends the contents of entries, and fills in what belongs to it.
func (f *Farm) sendFiles(ctx context.Context, user string, list []entry, where func(entry) string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range list {
		e := &list[i]
		if e.Link != "" {
			continue
		}
		group.Go(func() error {
			var err error
			e.Blob, e.Size, e.Executable, err = f.putFile(ctx, user, where(*e))
			return err
		})
	}
	return group.Wait()
}

// unpack makes a folder of entries. Nothing in them leads out of it: links are made last, when
// there is nothing more that could be written through one.
func (c *Cache) unpack(ctx context.Context, user string, list []entry, dir string) error {
	for _, e := range list {
		if err := e.check(); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(placeIn(dir, e.Name)), 0o755); err != nil {
			return fmt.Errorf("unpack %s: %w", e.Name, err)
		}
	}
	group, inside := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, e := range list {
		switch {
		case e.Link != "":
		case e.Blob != "":
			group.Go(func() error { return c.place(inside, user, e, placeIn(dir, e.Name)) })
		default:
			group.Go(func() error { return e.put(placeIn(dir, e.Name)) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, e := range list {
		if e.Link == "" {
			continue
		}
		if err := os.Symlink(e.Link, placeIn(dir, e.Name)); err != nil {
			return fmt.Errorf("unpack %s: %w", e.Name, err)
		}
	}
	return outside(dir, list)
}

// outside finds a link that leads out of the folder by way of another link.
func outside(dir string, list []entry) error {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("unpack into %s: %w", dir, err)
	}
	for _, e := range list {
		if e.Link == "" {
			continue
		}
		target, err := filepath.EvalSymlinks(placeIn(dir, e.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link to nothing is as it was sent
		case err != nil:
			return fmt.Errorf("follow the link %s: %w", e.Name, err)
		case target != root && !strings.HasPrefix(target, root+string(filepath.Separator)):
			return fmt.Errorf("the link %s leads out of its folder", e.Name)
		}
	}
	return nil
}

// putJSON keeps something as a blob.
func (f *Farm) putJSON(ctx context.Context, user string, v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("send a list: %w", err)
	}
	return f.putBytes(ctx, user, text)
}

// maxList bounds the bytes of a list, which lies in a worker's or a server's memory: a package of as many files as there may be
// has fewer.
const maxList = 512 << 20

// An inMemory is a list that is being fetched.
type inMemory struct {
	bytes.Buffer
	left int
}

func (l *inMemory) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, fmt.Errorf("it is longer than %d bytes", maxList)
	}
	return l.Buffer.Write(b)
}

// getList fetches a list as it lies there.
func (f *Farm) getList(ctx context.Context, user, digest string) ([]byte, error) {
	text := inMemory{left: maxList}
	if err := f.fetch(ctx, user, digest, &text); err != nil {
		return nil, fmt.Errorf("read the list %s: %w", digest, err)
	}
	return text.Bytes(), nil
}

// getJSON reads a blob that putJSON made.
func (f *Farm) getJSON(ctx context.Context, user, digest string, v any) error {
	text, err := f.getList(ctx, user, digest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read the list %s: %w", digest, err)
	}
	return nil
}
