package rootfs

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// readWhole reads a file of /proc, a large piece at a time: for each read the
// kernel goes over the list of mounts anew.
func readWhole(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer unix.Close(fd)
	text := make([]byte, 0, 32<<10)
	for {
		text = slices.Grow(text, 4096)
		n, err := unix.Read(fd, text[len(text):cap(text)])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", name, err)
		case n == 0:
			return text, nil
		default:
			text = text[:len(text)+n]
		}
	}
}

// sortedOnce sorts names and leaves each once.
func sortedOnce(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
