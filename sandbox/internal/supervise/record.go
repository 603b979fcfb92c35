package supervise

import (
	"errors"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/seccomp"
)

// answer lets a call of a run that is recorded go on, made or refused. Each
// notice is answered before the next is taken, and none waits for another, so
// threads that wait for each other cannot hang on it; a thread that was killed
// meanwhile needs no answer. It returns false for a call that ends the run.
func (l *loop) answer(n seccomp.Notice) bool {
	errno, ok := l.Record(n.Call())
	if !ok {
		return false
	}
	var err error
	if errno != 0 {
		err = seccomp.Refuse(l.listener, n.ID, errno)
	} else {
		err = seccomp.Continue(l.listener, n.ID)
	}
	if err != nil && !errors.Is(err, seccomp.ErrGone) {
		if errors.Is(err, unix.EINVAL) {
			err = errNoContinue
		}
		l.fail(err)
	}
	return true
}

// errNoContinue: SECCOMP_USER_NOTIF_FLAG_CONTINUE is newer than notices.
var errNoContinue = errors.New("this kernel cannot let a recorded call go on: that needs Linux 5.5")
