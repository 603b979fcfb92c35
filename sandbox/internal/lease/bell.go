package lease

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The bell is a FIFO, which who waits for a core has open, and to which who gives one back
// writes: core-bell. Where it cannot be heard, who waits looks now and then all the same.
// (inotify(7) would need no writer, but to close such a descriptor takes 10 ms: the
// kernel waits for readers of its marks, fs/notify/mark.c, fsnotify_wait_marks_destroyed.)

func bellPath(dir string) string { return filepath.Join(dir, "core-bell") }

// listen opens the bell; nil where that cannot be.
func listen(dir string) *os.File {
	path := bellPath(dir)
	if err := unix.Mkfifo(path, 0o600); err != nil && err != unix.EEXIST {
		return nil
	}
	// For writing as well: without a writer it would always be at its end (fifo(7)).
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), path)
}

// hear waits for the bell, but not for long. What it has to say does not matter.
func hear(bell *os.File) {
	if bell == nil || bell.SetReadDeadline(time.Now().Add(lookEvery)) != nil {
		time.Sleep(lookEvery)
		return
	}
	var rings [512]byte
	_, _ = bell.Read(rings[:])
}

// ring tells who listens, if somebody does: else the FIFO cannot be opened so.
func ring(dir string) {
	fd, err := unix.Open(bellPath(dir), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	_, _ = unix.Write(fd, []byte{'.'}) // where there is no room, it rings already
	_ = unix.Close(fd)
}
