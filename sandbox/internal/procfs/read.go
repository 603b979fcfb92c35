// Package procfs reads what the kernel writes into files of /proc and /sys.
package procfs

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Read gives all of a file, for which room is the space that it mostly takes. A
// part of one would do harm: a list of processes that ends within a number names
// another process. The kernel hands lists out a page at a time, and pages have
// up to 64 KiB (seq_read_iter, fs/seq_file.c); where a file is read in several
// pieces, it goes over the list anew for each.
//
// os.ReadFile does so too, but it sets up Go's poller, which costs a run as much
// as a mount.
func Read(name string, room int) ([]byte, error) {
	fd, err := open(name)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return readAll(fd, name, room)
}

func open(name string) (int, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, failed("open", name, err)
	}
	return fd, nil
}

func failed(what, name string, err error) error { return fmt.Errorf("%s %s: %w", what, name, err) }

func readAll(fd int, name string, room int) ([]byte, error) {
	text := make([]byte, 0, room)
	for {
		text = slices.Grow(text, 512)
		n, err := unix.Read(fd, text[len(text):cap(text)])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, failed("read", name, err)
		case n == 0:
			return text, nil
		default:
			text = text[:len(text)+n]
		}
	}
}
