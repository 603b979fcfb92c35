package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// ask sends a judge SIGTERM, and has it go on if it is stopped (Ctrl-Z), as systemd
// does (systemd.kill(5), KillSignal): it would never know.
func (t *target) ask(h *host) (int, error) {
	pidfd, err := t.signal(h, unix.SIGTERM)
	if err != nil {
		return -1, err
	}
	if err := unix.PidfdSendSignal(pidfd, unix.SIGCONT, nil, 0); err != nil && err != unix.ESRCH {
		unix.Close(pidfd)
		return -1, fmt.Errorf("send SIGCONT to process %d: %w", t.held.Holder, err)
	}
	return pidfd, nil
}

// awaitJudge waits for a judge that was asked to end. What it takes down of the run may
// take its time; only one that is stopped all the while will not end.
func (t *target) awaitJudge(pidfd int) error {
	for still := 0; ; {
		err := awaitEnd(pidfd, patienceToDie/5)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if still++; !standsStill(t.held.Holder) {
			still = 0
		}
		if still == 5 {
			return &UsageError{What: fmt.Sprintf("run %s does not end: its judge, process %d, is stopped, and SIGCONT does not make it go on", t.called, t.held.Holder),
				Hint: "a debugger may hold it; judge kill -9 " + t.called + " ends it, and then no report is written"}
		}
	}
}

// standsStill says whether a process is stopped, by a signal or by a tracer (proc_pid_stat(5)).
func standsStill(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	state := procfs.State(stat)
	return err == nil && (state == 'T' || state == 't')
}

// awaitEnd waits for the end of a process; [os.ErrDeadlineExceeded] says that it did not come.
func awaitEnd(pidfd int, patience time.Duration) error {
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(patience); ; {
		n, err := unix.Poll(fds, int(max(time.Until(deadline), 0).Milliseconds())+1)
		switch {
		case n > 0:
			return nil
		case err != nil && err != unix.EINTR:
			return err
		case time.Now().After(deadline):
			return os.ErrDeadlineExceeded
		}
	}
}
