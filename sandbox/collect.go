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
func collect(tmpfs int, cmd Command, limit policy.Bytes) []Collected {
	var out []Collected
	for _, c := range cmd.Collect {
		got := Collected{Name: c.Name}
		n, to, err := collectOne(tmpfs, c, cmd.CollectDir, int64(limit))
		if err != nil {
			got.Refused = refusal(err)
		} else {
			got.Path, got.Bytes = to, &n
		}
		out = append(out, got)
	}
	return out
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

func collectOne(tmpfs int, c Collect, dir string, limit int64) (int64, string, error) {
	in, err := openPlain(tmpfs, filepath.Join("box", c.Name))
	if err != nil {
		return 0, "", err
	}
	defer in.Close()
	size, err := plainSize(in)
	if err != nil {
		return 0, "", err
	}
	if limit > 0 && size > limit {
		return 0, "", errRefused(fmt.Sprintf("%d bytes are more than the file size limit, %d", size, limit))
	}
	dest := c.Dest
	if dest == "" {
		dest = c.Name
	}
	if !filepath.IsAbs(dest) {
		dest = filepath.Join(dir, dest)
	}
	if err := writeOut(in, size, dest); err != nil {
		return 0, "", err
	}
	return size, dest, nil
}

// openPlain opens a file below a directory that hostile hands have touched.
// O_NONBLOCK: opening a FIFO must not wait.
func openPlain(dir int, name string) (*os.File, error) {
	fd, err := unix.Openat2(dir, name, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_NOFOLLOW | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// plainSize is the size of a regular file that is not mostly a hole: a sparse
// file would fill the disk where it goes.
func plainSize(f *os.File) (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return st.Size, nil
	case unix.S_IFDIR:
		return 0, errRefused("directory")
	case unix.S_IFIFO:
		return 0, errRefused("FIFO")
	case unix.S_IFSOCK:
		return 0, errRefused("socket")
	}
	return 0, errRefused("device")
}

// writeOut copies into a new file beside dest and renames it: what has the
// name is whole. A link at dest is replaced, not followed.
func writeOut(in io.Reader, size int64, dest string) error {
	if err := os.MkdirAll(filepath.Dir(dest), 0o777); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(dest), ".judge-collect-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // nothing has that name any more if all went well
	n, err := io.Copy(out, io.LimitReader(in, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = out.Chmod(0o644)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), dest)
}
