package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// collect takes files out of the box. All processes of the run are dead, but
// what they left is hostile: no link is followed, in no component, and only a
// regular file is opened for reading.
//
// What the run made is refused in the report; that a good file cannot be
// written where it should go is an error.
func collect(o opener, tmpfs int, cmd Command, limit policy.Bytes) ([]Collected, error) {
	var out []Collected
	var errs []error
	for _, c := range cmd.Collect {
		got, err := collectOne(o, tmpfs, c, cmd.CollectDir, int64(limit))
		out, errs = append(out, got), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// errRefused is what a file is refused for; the text is for the report.
type errRefused string

func (e errRefused) Error() string { return string(e) }

func refusal(err error) string {
	switch {
	case errors.Is(err, unix.ELOOP):
		return "symbolic link"
	case errors.Is(err, unix.ENOENT):
		return "no such file"
	case errors.Is(err, unix.ENXIO):
		return "socket"
	}
	return err.Error()
}

func collectOne(o opener, tmpfs int, c Collect, dir string, limit int64) (Collected, error) {
	in, err := o.plain(tmpfs, filepath.Join("box", c.Name))
	if err != nil {
		return Collected{Name: c.Name, Refused: refusal(err)}, nil
	}
	defer in.Close()
	size, mode, err := plain(in, limit)
	if err != nil {
		return Collected{Name: c.Name, Refused: refusal(err)}, nil
	}
	dest := c.Dest
	if dest == "" {
		dest = c.Name
	}
	if !filepath.IsAbs(dest) {
		dest = filepath.Join(dir, dest)
	}
	if err := writeOut(in, size, mode, dest); err != nil {
		err = fmt.Errorf("collect %s to %s: %w", c.Name, dest, err)
		return Collected{Name: c.Name, Refused: err.Error()}, err
	}
	return Collected{Name: c.Name, Path: dest, Bytes: &size}, nil
}

// plain opens a file below a directory that hostile hands have touched.
// O_NONBLOCK: opening a FIFO must not wait.
func (o opener) plain(dir int, name string) (*os.File, error) {
	fd, err := o.open(dir, name, unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_NOFOLLOW | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// maxHole is how much of a file may be holes: outside they become bytes, and a
// sparse file would fill the disk.
const maxHole = 64 << 20

// plain is the size of a regular file that may be taken out, and the mode that
// it has outside: what the run may execute, others may.
func plain(f *os.File, limit int64) (int64, os.FileMode, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, 0, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		if limit > 0 && st.Size > limit {
			return 0, 0, errRefused(fmt.Sprintf("%d bytes are more than the file size limit, %d", st.Size, limit))
		}
		if there := st.Blocks * 512; st.Size-there > maxHole {
			return 0, 0, errRefused(fmt.Sprintf("sparse file: of its %d bytes only %d are there", st.Size, there))
		}
		mode := os.FileMode(0o644)
		if st.Mode&0o111 != 0 {
			mode = 0o755
		}
		return st.Size, mode, nil
	case unix.S_IFDIR:
		return 0, 0, errRefused("directory")
	case unix.S_IFIFO:
		return 0, 0, errRefused("FIFO")
	case unix.S_IFSOCK:
		return 0, 0, errRefused("socket")
	}
	return 0, 0, errRefused("device")
}

// writeOut copies into a new file, which gets its name when it is whole.
func writeOut(in io.Reader, size int64, mode os.FileMode, dest string) (err error) {
	out, err := newPlace(dest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.done()) }()
	n, err := io.Copy(out, io.LimitReader(in, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return out.set(mode)
}
