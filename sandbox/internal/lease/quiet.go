package lease

import (
	"time"

	"golang.org/x/sys/unix"
)

// noisyFor is for how long a host is taken to be noisy on which a run was disturbed
// though it was alone.
const noisyFor = time.Minute

// Heard notes, for all graders, whether a run that was alone was disturbed all the same.
// It is kept as the gate's time of modification: nothing is ever written to that file.
// Where it cannot be noted, others find out for themselves.
func (l *Ledger) Heard(disturbed bool) {
	var never, at unix.Timeval
	if disturbed {
		at = unix.NsecToTimeval(time.Now().UnixNano())
	}
	_ = unix.Futimes(l.gate, []unix.Timeval{never, at}) // its time of access tells it from a file that was just made
}

// Quiet says whether who is alone is undisturbed, as far as is known.
func (l *Ledger) Quiet() bool {
	var st unix.Stat_t
	if unix.Fstat(l.gate, &st) != nil || st.Atim.Nano() != 0 {
		return true
	}
	age := time.Since(time.Unix(st.Mtim.Unix()))
	return age < 0 || age > noisyFor
}
