package procfs

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Tick is the unit of times in /proc/stat, USER_HZ (proc_stat(5)): the same on all
// machines that judge knows.
const Tick = 10 * time.Millisecond

// CPUTime is how a processor spent its time since the host's start, in whole ticks.
type CPUTime struct {
	Busy  time.Duration // with programs, the kernel and interrupts
	Steal time.Duration // not with this host: its hypervisor ran others
}

// CPUTimeOf finds the line of processor n in the text of /proc/stat: user, nice,
// system, idle, iowait, irq, softirq, steal, and two that are part of the first two
// (proc_stat(5)).
func CPUTimeOf(stat []byte, n int) (t CPUTime, ok bool) {
	name := []byte("cpu" + strconv.Itoa(n) + " ")
	for line := range bytes.Lines(stat) {
		rest, found := bytes.CutPrefix(line, name)
		if !found {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) < 8 {
			return t, false
		}
		var ticks [8]time.Duration
		for i := range ticks {
			v, err := strconv.ParseInt(string(fields[i]), 10, 64)
			if err != nil {
				return t, false
			}
			ticks[i] = time.Duration(v) * Tick
		}
		return CPUTime{Busy: ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], Steal: ticks[7]}, true
	}
	return t, false
}

// State is the third field of a line of proc_pid_stat(5), 'R' and so on; 0 where
// there is none. The second, the program's name, is in parentheses and may hold
// anything, a parenthesis too.
func State(stat []byte) byte {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 || len(stat) <= end+2 {
		return 0
	}
	return stat[end+2]
}

// Pressure finds, in pressure stall information, for how long some task had to wait
// (Documentation/accounting/psi.rst): the total of the line "some", in µs.
func Pressure(text string) (time.Duration, bool) {
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
