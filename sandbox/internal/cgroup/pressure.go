package cgroup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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
	total, ok := pressureTotal(string(data))
	if !ok {
		return nil, fmt.Errorf("%s: no total in %q", f.name, data)
	}
	return &total, nil
}

// pressureTotal finds the total of the line "some".
func pressureTotal(text string) (time.Duration, bool) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "some ")
		if !ok {
			continue
		}
		for word := range strings.FieldsSeq(rest) {
			if digits, ok := strings.CutPrefix(word, "total="); ok {
				n, err := strconv.ParseInt(digits, 10, 64)
				return time.Duration(n) * time.Microsecond, err == nil
			}
		}
	}
	return 0, false
}
