// Package rootfs finds out what lies under a run: the host's own system files
// with nothing private among them, a rootfs of the store, or a directory. It reads the host, and
// writes nothing but a snapshot of the few files of /etc that programs need.
package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
	"judge/store"
)

// A View is what a run sees, and how names in it are looked up from outside.
type View struct {
	Root   plan.Root
	Digest string      // of a rootfs of the store
	lock   int         // descriptor that holds the snapshot of /etc, 0 for none
	held   *store.Held // rootfs of the store, nil for none

	// PathDirs are directories of programs beside the usual ones.
	PathDirs []string

	// SharedWhy says why Root.Shared is set.
	SharedWhy string

	own Own
}

// Close lets go of the snapshot of /etc, or the rootfs of the store.
func (v *View) Close() error {
	if v.held != nil {
		return v.held.Close()
	}
	if v.lock == 0 {
		return nil
	}
	return unix.Close(v.lock)
}

// A DirError says why a directory cannot be a rootfs.
type DirError struct {
	Dir, Problem, Hint string
}

func (e *DirError) Error() string { return fmt.Sprintf("rootfs %s: %s; %s", e.Dir, e.Problem, e.Hint) }

// Named is the view of a rootfs in the store at dir, which is held until Close.
// The error is fs.ErrNotExist if it has none of that name.
func Named(dir, name string, needProc bool, own Own) (*View, error) {
	held, err := store.Hold(dir, name)
	if err != nil {
		return nil, err
	}
	v, err := Directory(held.Root, needProc, own)
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	v.held, v.Digest = held, held.Digest
	return v, nil
}

// Directory is the view of a directory, which must look like a root. It may be
// hostile: nothing in it is followed.
func Directory(dir string, needProc bool, own Own) (*View, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, &DirError{dir, errors.Unwrap(err).Error(), "name a directory, or \"host\""}
	}
	if !info.IsDir() {
		return nil, &DirError{dir, "is no directory", "unpack it first, and name the directory"}
	}
	if needProc {
		proc, err := os.Lstat(path.Join(dir, "proc"))
		if err != nil || !proc.IsDir() {
			return nil, &DirError{dir, "has no directory /proc to mount proc on",
				"make one (mkdir " + path.Join(dir, "proc") + "), or set filesystem.proc = \"none\""}
		}
	}
	v := &View{Root: plan.Root{Lower: dir}, own: own}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("find the rootfs: %w", err)
	}
	locked, err := v.hasLocked(real)
	if err != nil {
		return nil, err
	}
	if locked {
		return nil, &DirError{dir, "has mounts below it, and no overlay made in a user namespace may be over these", "unmount them: findmnt -R " + real}
	}
	if !v.stackable(dir) {
		return nil, &DirError{dir, "lies on overlays two deep, and the kernel stacks no third", "copy it to another file system: a volume, or a tmpfs"}
	}
	return v, nil
}

// maxLinks is how many symbolic links a look-up follows (path_resolution(7)).
const maxLinks = 40

// Lookup finds a path of the run's on the host, following links as the run
// would. The error is fs.ErrNotExist where the run would not see it.
func (v *View) Lookup(name string) (host string, info fs.FileInfo, err error) {
	rest := split(name)
	at := "/" // inside, without links
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		if part == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		target, isLink, err := v.readlink(next)
		if err != nil {
			return "", nil, err
		}
		if !isLink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", nil, fmt.Errorf("look up %s: %w", name, unix.ELOOP)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(split(target), rest...)
	}
	host, ok := v.onHost(at)
	if !ok {
		return "", nil, fs.ErrNotExist
	}
	info, err = os.Lstat(host)
	return host, info, err
}

func split(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// readlink reads what the run sees at a path: a link's target, or no link.
func (v *View) readlink(name string) (string, bool, error) {
	for _, l := range v.Root.Links {
		if name == "/"+l.Name {
			return l.Target, true, nil
		}
	}
	host, ok := v.onHost(name)
	switch {
	case ok:
	case v.above(name):
		return "", false, nil
	default:
		return "", false, fs.ErrNotExist
	}
	target, err := os.Readlink(host)
	if errors.Is(err, unix.EINVAL) { // it is there, and no link
		return "", false, nil
	}
	return target, err == nil, err
}

// above says whether a path without links is a directory that judge makes for
// what is below it, and that is nowhere on the host.
func (v *View) above(name string) bool {
	for _, t := range v.Root.Trees {
		if strings.HasPrefix("/"+t.Target, name+"/") {
			return true
		}
	}
	for _, l := range v.Root.Links {
		if strings.HasPrefix("/"+l.Name, name+"/") {
			return true
		}
	}
	return false
}

// onHost is where a path without links lies on the host.
func (v *View) onHost(name string) (string, bool) {
	if v.Root.Lower != "" {
		return path.Join(v.Root.Lower, name), true
	}
	for _, t := range v.Root.Trees {
		if rest, ok := strings.CutPrefix(name, "/"+t.Target); ok && (rest == "" || rest[0] == '/') {
			return t.Source + rest, true
		}
	}
	return "", false
}

// FindInPath looks a program up as execvp(3) does.
func (v *View) FindInPath(name, searchPath string) (string, bool) {
	for _, dir := range strings.Split(searchPath, ":") {
		inside := path.Join(dir, name)
		if _, info, err := v.Lookup(inside); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return inside, true
		}
	}
	return "", false
}
