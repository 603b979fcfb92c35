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

	own       Own
	mountinfo []byte // once it was read
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

// systemDirs of the host that are shown, or links to them. Where /usr is not
// merged, /bin and its siblings are directories of their own.
var systemDirs = [...]string{"usr", "bin", "sbin", "lib", "lib64", "lib32", "libx32"}

// stores are what NixOS and Guix have in place of /usr: everybody may read all
// that is in them, and nothing in /usr works without.
var stores = [...]string{"nix/store", "gnu/store"}

// systems are links to the directory of all programs of such a host, which
// changes as a whole; bin is where they are in it.
var systems = [...]struct{ name, bin string }{{"run/current-system", "sw/bin"}, {"run/current-system", "profile/bin"}}

// Own is what judge has that a view depends on.
type Own struct {
	Dir    string // where it keeps things
	Userns bool   // mounts are made in a user namespace
}

// Host is the view of the host's system files. The snapshot of /etc is kept
// below own.Dir.
func Host(own Own) (*View, error) {
	v := &View{own: own}
	if err := v.system(); err != nil {
		return nil, err
	}
	v.store()
	etc, lock, err := snapshot("/etc", own.Dir)
	if err != nil {
		return nil, err
	}
	v.lock = lock
	v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: etc, Target: "etc"})
	return v, v.share()
}

// share finds out whether overlays can be made over the trees.
func (v *View) share() error {
	for _, t := range v.Root.Trees {
		locked, err := v.hasLocked(t.Source)
		switch {
		case err != nil:
			return err
		case !v.stackable(t.Source):
			v.SharedWhy = "/" + t.Target + " lies on overlays two deep, and the kernel stacks no third"
		case locked:
			v.SharedWhy = "there are mounts below /" + t.Target + ", which no overlay made in a user namespace may be over"
		default:
			continue
		}
		v.Root.Shared = true
		return nil
	}
	return nil
}

// Mounts are what is mounted below the system's directories, each to be shown
// on its own.
func (v *View) Mounts() ([]plan.Bind, error) {
	if v.Root.Lower != "" || v.Root.Shared {
		return nil, nil
	}
	var out []plan.Bind
	for _, t := range v.Root.Trees {
		if t.Target == "etc" { // judge's own
			continue
		}
		binds, err := v.Expand(plan.Bind{Source: t.Source, Target: "/" + t.Target, Readonly: true, Dir: true})
		if err != nil {
			return nil, err
		}
		out = append(out, binds[1:]...)
	}
	return out, nil
}

// store adds the store of a host that has one, and the link to its system.
func (v *View) store() {
	for _, name := range stores {
		var st unix.Stat_t
		if unix.Lstat("/"+name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: "/" + name, Target: name})
		for _, s := range systems {
			target, err := filepath.EvalSymlinks("/" + s.name)
			if err != nil || !strings.HasPrefix(target, "/"+name+"/") {
				continue
			}
			if _, err := os.Stat(path.Join(target, s.bin)); err != nil {
				continue
			}
			v.Root.Links = append(v.Root.Links, plan.Link{Name: s.name, Target: target})
			v.PathDirs = append(v.PathDirs, "/"+path.Join(s.name, s.bin))
			break
		}
	}
}

// system adds /usr and its siblings.
func (v *View) system() error {
	for _, name := range systemDirs {
		var st unix.Stat_t
		err := unix.Lstat("/"+name, &st)
		switch {
		case err == unix.ENOENT:
		case err != nil:
			return fmt.Errorf("look at the host's /%s: %w", name, err)
		case st.Mode&unix.S_IFMT == unix.S_IFLNK:
			target, err := os.Readlink("/" + name)
			if err != nil {
				return fmt.Errorf("read the host's link /%s: %w", name, err)
			}
			v.Root.Links = append(v.Root.Links, plan.Link{Name: name, Target: target})
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: "/" + name, Target: name})
		}
	}
	return nil
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
