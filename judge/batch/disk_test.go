package batch

import (
	"errors"
	"io"
	"sync"
)

// errFull is what a full disk says.
var errFull = errors.New("no space left on device")

// A disk is a file in memory, on a file system with room for so many bytes, whose sync
// can be made to fail.
type disk struct {
	mu    sync.Mutex
	data  []byte
	room  int // -1: no bound
	syncs int
	lost  bool // sync fails, as of a file system that finds out late
}

func (d *disk) ReadAt(b []byte, at int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at >= int64(len(d.data)) {
		return 0, io.EOF
	}
	n := copy(b, d.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (d *disk) WriteAt(b []byte, at int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(b)
	if d.room >= 0 {
		n = min(n, max(0, d.room-int(at)))
	}
	if end := int(at) + n; n > 0 && end > len(d.data) {
		d.data = append(d.data, make([]byte, end-len(d.data))...)
	}
	copy(d.data[at:], b[:n])
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func (d *disk) Truncate(size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if size < int64(len(d.data)) {
		d.data = d.data[:size]
	}
	return nil
}

func (d *disk) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	if d.lost {
		return errFull
	}
	return nil
}

func (d *disk) size() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.data))
}

// copyOf is a disk with the first n bytes, and room for so many.
func (d *disk) copyOf(n, room int) *disk {
	return &disk{data: append([]byte(nil), d.data[:n]...), room: room}
}
