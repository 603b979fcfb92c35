package web

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// spare is how many bytes of the disk are left to the server's store, which is on the same, and ends when that is full: at
// half of it the server takes nothing more in (farm/server/watch.go). Of a small disk it is three eighths, as that is a quarter.
const spare = 128 << 20

// lookAgain is how many bytes are written before the disk is looked at again.
const lookAgain = 4 << 20

// tight says of a disk with so many bytes that it has no room for what is kept for a while.
func tight(free, all int64) bool { return free < min(spare, all/8*3) }

// room is an error, [syscall.ENOSPC], where the disk of a folder is tight.
func room(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("look how much space there is: %w", err)
	}
	if free := int64(fs.Bavail) * fs.Bsize; tight(free, int64(fs.Blocks)*fs.Bsize) {
		return fmt.Errorf("the server's disk has %d MiB left: %w", free>>20, syscall.ENOSPC)
	}
	return nil
}

// roomy writes as long as there is room.
type roomy struct {
	io.Writer
	room func() error
	left int64 // bytes until it is looked for again
}

func (r *roomy) Write(p []byte) (int, error) {
	if r.left -= int64(len(p)); r.left < 0 {
		if err := r.room(); err != nil {
			return 0, err
		}
		r.left = lookAgain
	}
	return r.Writer.Write(p)
}

// nameless is a new file that goes with its descriptor.
func nameless(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "spool-")
	if err != nil {
		return nil, fmt.Errorf("keep something for a while: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("keep something for a while: %w", err), f.Close())
	}
	return f, nil
}
