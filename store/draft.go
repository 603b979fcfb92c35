package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Draft is a rootfs that is being made. Its methods take paths of the tree
// whose parents are directories, as the caller made them; no link is followed.
// A draft that does not become a rootfs is to be abandoned.
type Draft struct {
	store, dir string // the store; the draft's directory in it
	lock       int    // the store's lock, shared
	dirFD      int
	root       int // the tree
	objects    int
	want       string // the digest that it must have; "" is any
	owners     bool   // files can be given to others
	parent     string
	parentFD   int // of parent; -1 for none
	hash       hash.Hash
	buffer     []byte
}

// Begin makes an empty draft in the store at dir, which is made if need be. It
// removes first what killed judges left.
func Begin(dir string) (*Draft, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the store of root file systems: %w", err)
	}
	tidyQuietly(dir)
	lock, err := lockStore(dir, unix.LOCK_SH)
	if err != nil {
		return nil, err
	}
	d := &Draft{store: dir, lock: lock, dirFD: -1, root: -1, objects: -1, parentFD: -1, owners: os.Geteuid() == 0,
		hash: sha256.New(), buffer: make([]byte, chunk)}
	if err := d.make(); err != nil {
		return nil, errors.Join(err, d.Abandon())
	}
	return d, nil
}

func (d *Draft) make() error {
	var err error
	if d.dir, err = os.MkdirTemp(d.store, newPrefix); err != nil {
		return fmt.Errorf("begin a rootfs in %s: %w", d.store, err)
	}
	objects := filepath.Join(d.store, objectsName)
	if err := os.Mkdir(objects, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the store's files: %w", err)
	}
	if err := os.Mkdir(filepath.Join(d.dir, rootName), 0o700); err != nil {
		return fmt.Errorf("begin a rootfs: %w", err)
	}
	for name, fd := range map[string]*int{objects: &d.objects, d.dir: &d.dirFD, filepath.Join(d.dir, rootName): &d.root} {
		*fd, err = unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
	return nil
}

// lockStore takes the store's own lock; with LOCK_NB it may be unix.EWOULDBLOCK.
func lockStore(dir string, how int) (int, error) {
	name := filepath.Join(dir, lockName)
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: name, Err: err}
	}
	for {
		err = unix.Flock(fd, how)
		if err == nil {
			return fd, nil
		}
		if err != unix.EINTR {
			unix.Close(fd)
			return -1, fmt.Errorf("lock %s: %w", name, err)
		}
	}
}

// at gives a descriptor of a path's parent, and its name there.
func (d *Draft) at(name string) (int, string, error) {
	dir, base := path.Split(name)
	if dir == "" {
		return d.root, base, nil
	}
	dir = dir[:len(dir)-1]
	if d.parentFD >= 0 && d.parent == dir {
		return d.parentFD, base, nil
	}
	d.forget()
	fd, err := unix.Openat2(d.root, dir, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return -1, "", d.failed("open", dir, err)
	}
	d.parent, d.parentFD = dir, fd
	return fd, base, nil
}

func (d *Draft) forget() {
	if d.parentFD >= 0 {
		unix.Close(d.parentFD)
	}
	d.parentFD = -1
}

// failed names the path as the rootfs has it, and where that was to be.
func (d *Draft) failed(what, name string, err error) error {
	return fmt.Errorf("%s /%s in the store %s: %w", what, name, d.store, err)
}

// Directory makes a directory. Its owner, mode and time come with Commit.
func (d *Draft) Directory(name string) error {
	fd, base, err := d.at(name)
	if err != nil {
		return err
	}
	if err := unix.Mkdirat(fd, base, 0o700); err != nil {
		return d.failed("make the directory", name, err)
	}
	return nil
}

// Symlink makes a symbolic link.
func (d *Draft) Symlink(e *Entry) error {
	fd, base, err := d.at(e.Path)
	if err != nil {
		return err
	}
	if err := unix.Symlinkat(e.Target, fd, base); err != nil {
		return d.failed("make the link", e.Path, err)
	}
	if d.owners {
		err = unix.Fchownat(fd, base, int(e.UID), int(e.GID), unix.AT_SYMLINK_NOFOLLOW)
	}
	if err == nil {
		err = unix.UtimesNanoAt(fd, base, both(e.Modified), unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return d.failed("give owner and time to", e.Path, err)
	}
	return nil
}

// both access and change are given one time, the same in each store.
func both(t time.Time) []unix.Timespec {
	spec := unix.NsecToTimespec(t.UnixNano())
	return []unix.Timespec{spec, spec}
}

// Link makes e another name of the regular file at old, or, where that has as many
// as the file system lets a file have, a copy of it.
func (d *Draft) Link(old string, e *Entry) (copied bool, err error) {
	source, oldBase, err := d.at(old)
	if err != nil {
		return false, err
	}
	// at keeps one parent open only: this one must outlive the next.
	if source, err = unix.FcntlInt(uintptr(source), unix.F_DUPFD_CLOEXEC, 0); err != nil {
		return false, d.failed("open the directory of", old, err)
	}
	defer unix.Close(source)
	fd, base, err := d.at(e.Path)
	if err != nil {
		return false, err
	}
	err = unix.Linkat(source, oldBase, fd, base, 0)
	if err == unix.EMLINK {
		return true, d.copy(source, oldBase, e)
	}
	if err != nil {
		return false, d.failed("link /"+old+" as", e.Path, err)
	}
	return false, nil
}

func (d *Draft) copy(dirFD int, base string, e *Entry) error {
	fd, err := unix.Openat(dirFD, base, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return d.failed("copy to", e.Path, err)
	}
	f := os.NewFile(uintptr(fd), base)
	defer f.Close()
	return d.File(e, f)
}

// Remove removes a file, or a directory with all below it.
func (d *Draft) Remove(name string) error {
	if d.parentFD >= 0 && (d.parent == name || strings.HasPrefix(d.parent, name+"/")) {
		d.forget()
	}
	if err := os.RemoveAll(filepath.Join(d.dir, rootName, filepath.FromSlash(name))); err != nil {
		return fmt.Errorf("remove what a later layer replaces: %w", err)
	}
	return nil
}

// Dir is the draft's own directory: what is put into it goes with the draft.
func (d *Draft) Dir() string { return d.dir }

// Open opens a regular file of the tree for reading.
func (d *Draft) Open(name string) (*os.File, error) {
	fd, base, err := d.at(name)
	if err != nil {
		return nil, err
	}
	file, err := unix.Openat(fd, base, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, d.failed("open", name, err)
	}
	return os.NewFile(uintptr(file), name), nil
}

// Scratch makes a file without a name, for what has to be read twice.
func (d *Draft) Scratch() (*os.File, error) {
	f, err := os.CreateTemp(d.dir, "scratch-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Abandon removes the draft. After a Commit it does nothing.
func (d *Draft) Abandon() error {
	if d.lock < 0 {
		return nil
	}
	d.close()
	var err error
	if d.dir != "" {
		err = os.RemoveAll(d.dir)
	}
	unix.Close(d.lock)
	d.lock = -1
	tidyQuietly(d.store) // its files that no other rootfs has
	return err
}

func (d *Draft) close() {
	d.forget()
	for _, fd := range []*int{&d.root, &d.dirFD, &d.objects} {
		if *fd >= 0 {
			unix.Close(*fd)
		}
		*fd = -1
	}
}

// Take makes the regular file that another rootfs has under the same path.
func (d *Draft) Take(from *Held, e *Entry) error {
	fd, base, err := d.at(e.Path)
	if err != nil {
		return err
	}
	source := from.Path(e.Path)
	err = unix.Linkat(unix.AT_FDCWD, source, fd, base, 0)
	if err == unix.EMLINK || err == unix.EXDEV {
		f, err := os.Open(source)
		if err != nil {
			return err
		}
		defer f.Close()
		return d.File(e, f)
	}
	if err != nil {
		return d.failed("link "+source+" as", e.Path, err)
	}
	return nil
}
