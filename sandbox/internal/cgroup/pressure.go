package cgroup

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// pressure reads for how long a task of the cgroup had to wait, as pressure
// stall information has it (Documentation/accounting/psi.rst): the total of the
// line "some", in µs. nil says that this kernel has none, or was started without
// it (psi=0): then there are no files, or they cannot be read.
func (f *file) pressure() (*time.Duration, error) {
	var buf [512]byte
	data, err := f.read(buf[:])
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil
	}
	if err != nil || data == nil {
		return nil, err
	}
	total, ok := procfs.Pressure(string(data))
	if !ok {
		return nil, fmt.Errorf("%s: no total in %q", f.name, data)
	}
	return &total, nil
}
