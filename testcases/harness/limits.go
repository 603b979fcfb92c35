package harness

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits are those of a run. Sizes are in bytes; Idle and CPUs are off when 0.
type Limits struct {
	CPU, Wall, Idle                       time.Duration
	Memory, Output, FileSize, Disk, Stack int64
	PIDs, Inodes, OpenFiles               int64
	CPUs                                  float64
}

// defaultLimits hold where a case does not name one.
var defaultLimits = Limits{
	CPU: 5 * time.Second, Wall: 10 * time.Second,
	Memory: 256 << 20, Output: 16 << 20, FileSize: 64 << 20, Disk: 128 << 20, Stack: 8 << 20,
	PIDs: 64, Inodes: 16384, OpenFiles: 256,
}

// parseLimits reads the key=value words of @limits.
func parseLimits(value string) (Limits, error) {
	l := defaultLimits
	for _, word := range strings.Fields(value) {
		key, text, ok := strings.Cut(word, "=")
		if !ok {
			return l, fmt.Errorf("%q is not key=value", word)
		}
		if err := l.set(key, text); err != nil {
			return l, err
		}
	}
	return l, nil
}

// set takes one key of @limits.
func (l *Limits) set(key, text string) (err error) {
	times := map[string]*time.Duration{"cpu": &l.CPU, "wall": &l.Wall, "idle": &l.Idle}
	sizes := map[string]*int64{
		"memory": &l.Memory, "output": &l.Output, "fsize": &l.FileSize, "disk": &l.Disk, "stack": &l.Stack,
		"pids": &l.PIDs, "inodes": &l.Inodes, "nofile": &l.OpenFiles,
	}
	switch {
	case times[key] != nil:
		*times[key], err = parseTime(text)
	case sizes[key] != nil:
		*sizes[key], err = parseSize(text)
	case key == "cpus":
		if l.CPUs, err = strconv.ParseFloat(text, 64); err != nil || l.CPUs <= 0 {
			return fmt.Errorf("%q is no number of processors", text)
		}
	default:
		return fmt.Errorf("unknown limit %q", key)
	}
	return err
}

// flags returns the limits as judge run takes them.
func (l Limits) flags() []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	flags := []string{
		"--cpu-time", l.CPU.String(), "--wall-time", l.Wall.String(),
		"--memory", number(l.Memory), "--pids", number(l.PIDs), "--output", number(l.Output),
		"--file-size", number(l.FileSize), "--disk", number(l.Disk), "--inodes", number(l.Inodes),
		"--stack", number(l.Stack), "--open-files", number(l.OpenFiles),
	}
	if l.Idle > 0 {
		flags = append(flags, "--idle-time", l.Idle.String())
	}
	if l.CPUs > 0 {
		flags = append(flags, "--cpus", strconv.FormatFloat(l.CPUs, 'g', -1, 64))
	}
	return flags
}

// parseTime reads a time in s or ms.
func parseTime(text string) (time.Duration, error) {
	unit := time.Second
	digits, ok := strings.CutSuffix(text, "ms")
	if ok {
		unit = time.Millisecond
	} else if digits, ok = strings.CutSuffix(text, "s"); !ok {
		return 0, fmt.Errorf("%q is no time in s or ms", text)
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no time in s or ms", text)
	}
	return time.Duration(n * float64(unit)), nil
}

// parseSize reads a size in KiB, MiB or plain bytes, or a plain count.
func parseSize(text string) (int64, error) {
	digits, shift := text, 0
	if d, ok := strings.CutSuffix(text, "KiB"); ok {
		digits, shift = d, 10
	} else if d, ok := strings.CutSuffix(text, "MiB"); ok {
		digits, shift = d, 20
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > 1<<62>>shift {
		return 0, fmt.Errorf("%q is no size in KiB, MiB or bytes", text)
	}
	return n << shift, nil
}
