package cgroup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// write writes a value to a control file, in one write(2) as the kernel wants it.
func write(dir, file, value string) error {
	fd, err := unix.Open(filepath.Join(dir, file), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	return writeTo(fd, err, dir, file, value)
}

// writeAt does so in a directory that is open.
func writeAt(at int, dir, file, value string) error {
	fd, err := unix.Openat(at, file, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	return writeTo(fd, err, dir, file, value)
}

func writeTo(fd int, err error, dir, file, value string) error {
	path := dir + "/" + file
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	for {
		_, err := unix.Write(fd, []byte(value))
		if err == unix.EINTR { // a limit of memory, while a signal is pending (mm/memcontrol-v1.c, mem_cgroup_resize_max): Go's own are frequent
			continue
		}
		if err != nil {
			return fmt.Errorf("write %q to %s: %w", value, path, err)
		}
		return nil
	}
}

func read(dir, file string) ([]byte, error) {
	return procfs.Read(filepath.Join(dir, file), 512)
}

// pread reads a control file that is open, from its start.
func pread(fd int, name string, buf []byte) ([]byte, error) {
	n, err := unix.Pread(fd, buf, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return buf[:n], nil
}

// A file is a control file of a leaf. One that every run needs is held open, so
// that its figure, when the run has ended, costs a read alone.
type file struct {
	dir, name string
	at        int // the directory, if it is open, else 0
	fd        int // 0 if it is not held open, -1 if this kernel has no such file
}

// hold opens the file.
func (f *file) hold() error {
	at, path := f.at, f.name
	if at <= 0 {
		at, path = unix.AT_FDCWD, filepath.Join(f.dir, f.name)
	}
	fd, err := unix.Openat(at, path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		fd, err = -1, nil
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Join(f.dir, f.name), err)
	}
	f.fd = fd
	return nil
}

func holdAll(files ...*file) error {
	for _, f := range files {
		if err := f.hold(); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) close() {
	if f.fd > 0 {
		unix.Close(f.fd)
	}
	f.fd = 0
}

// read gives the file's text; nil says that this kernel has no such file.
func (f *file) read(buf []byte) ([]byte, error) {
	if f.fd == 0 {
		if err := f.hold(); err != nil {
			return nil, err
		}
		defer f.close()
	}
	if f.fd < 0 {
		return nil, nil
	}
	return pread(f.fd, f.name, buf)
}

// number reads a file of one number; nil says that there is no such file.
func (f *file) number() (*int64, error) {
	var buf [32]byte
	data, err := f.read(buf[:])
	if err != nil || data == nil {
		return nil, err
	}
	n, err := parseInt(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return &n, nil
}

// keys reads lines "name value"; a name that is not there gives nil.
func (f *file) keys(names ...string) ([]*int64, error) {
	out := make([]*int64, len(names))
	var buf [4096]byte
	data, err := f.read(buf[:])
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		out[i] = key(data, name)
	}
	return out, nil
}

func parseInt(data []byte) (int64, error) {
	return strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64)
}

// key finds a line "name value"; nil says that there is none.
func key(data []byte, name string) *int64 {
	for line := range bytes.Lines(data) {
		k, v, ok := bytes.Cut(line, []byte(" "))
		if !ok || string(k) != name {
			continue
		}
		if n, err := parseInt(v); err == nil {
			return &n
		}
	}
	return nil
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// share divides an exact total as two inexact parts stand to one another. The
// parts are counted by ticks, or scaled by the kernel; the total is not.
func share(total time.Duration, user, system int64) (time.Duration, time.Duration) {
	if user+system == 0 {
		return total, 0
	}
	u := time.Duration(float64(total) * (float64(user) / float64(user+system)))
	return u, total - u
}

// subdirs lists the cgroups below one. Without os.ReadDir: that sets up Go's
// poller, which costs a run as much as a mount.
func subdirs(dir string) ([]string, error) {
	var st unix.Stat_t
	err := unix.Stat(dir, &st)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at cgroup %s: %w", dir, err)
	}
	if st.Nlink == 2 { // a directory's links are its own two, and one for each directory in it
		return nil, nil
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open cgroup %s: %w", dir, err)
	}
	defer unix.Close(fd)
	var names []string
	for buf := make([]byte, 8192); ; {
		n, err := unix.ReadDirent(fd, buf)
		if err != nil {
			return nil, fmt.Errorf("list cgroup %s: %w", dir, err)
		}
		if n == 0 {
			break
		}
		names = appendDirs(names, dir, buf[:n])
	}
	return names, nil
}

// patience is how long a leaf may take to become empty after its processes
// were killed: what sleeps uninterruptibly in the kernel dies when it wakes.
const patience = 5 * time.Second

// remove removes an empty cgroup; its last process may still be on its way out.
func remove(dir string) error {
	return destroy(dir, func() error { return nil })
}

// destroy removes a cgroup that may still hold processes.
func destroy(dir string, kill func() error) error {
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		err := unix.Rmdir(dir)
		if err == nil || err == unix.ENOENT {
			return nil
		}
		if err != unix.EBUSY || time.Since(start) > patience {
			return fmt.Errorf("remove cgroup %s: %w", dir, err)
		}
		if err := kill(); err != nil {
			return err
		}
	}
}

// numbers reads a list of processes or threads. 0 is one of another pid
// namespace. A cgroup that is gone has none.
func numbers(dir, file string) ([]int, error) {
	data, err := read(dir, file)
	if err != nil {
		return nil, unlessGone(err)
	}
	var list []int
	for line := range bytes.Lines(data) {
		n, err := parseInt(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, file), err)
		}
		list = append(list, int(n))
	}
	return list, nil
}

// unlessGone: a cgroup that is removed while its file is open answers ENODEV.
func unlessGone(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// killAll kills the processes of a leaf of judge's own. Its name is held by a
// lease, so what it lists is the last run's.
func killAll(dir string) error {
	list, err := numbers(dir, "cgroup.procs")
	if err != nil {
		return err
	}
	for _, pid := range list {
		if pid <= 1 {
			continue // 0 is not to be killed by number
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			return fmt.Errorf("kill process %d of cgroup %s: %w", pid, dir, err)
		}
	}
	return nil
}

// appendDirs takes the directories out of what getdents64(2) gave: most entries
// of a cgroup are control files, and to ask for each of them costs more than the
// list. A kernel that does not say what an entry is, is asked.
func appendDirs(names []string, dir string, entries []byte) []string {
	const reclen, kind, name = 16, 18, 19 // offsets in struct linux_dirent64
	for len(entries) > name {
		size := int(binary.NativeEndian.Uint16(entries[reclen:]))
		entry := entries[:size]
		entries = entries[size:]
		text := unix.ByteSliceToString(entry[name:])
		isDir := entry[kind] == unix.DT_DIR
		if entry[kind] == unix.DT_UNKNOWN {
			var st unix.Stat_t
			isDir = unix.Stat(filepath.Join(dir, text), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
		}
		if isDir && text != "." && text != ".." {
			names = append(names, text)
		}
	}
	return names
}
