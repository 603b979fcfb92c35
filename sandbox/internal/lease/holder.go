package lease

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Holds says whether that process holds the lock of the file that fd has open:
// it has the same file open, and the kernel lists a flock of that very
// descriptor (proc(5), /proc/PID/fdinfo). The numbers of /proc/locks would not
// do: on an overlay they are not those that stat(2) tells.
func Holds(pid, fd int) bool {
	var lease unix.Stat_t
	if pid <= 0 || unix.Fstat(fd, &lease) != nil {
		return false
	}
	dir := "/proc/" + strconv.Itoa(pid)
	open, err := os.ReadDir(dir + "/fd")
	if err != nil {
		return false // it is gone, or not ours to look at
	}
	for _, d := range open {
		var st unix.Stat_t
		if unix.Stat(dir+"/fd/"+d.Name(), &st) != nil || st.Dev != lease.Dev || st.Ino != lease.Ino {
			continue
		}
		info, err := os.ReadFile(dir + "/fdinfo/" + d.Name())
		if err == nil && locksWhole(info) {
			return true
		}
	}
	return false
}

// locksWhole finds a line as "lock:	1: FLOCK  ADVISORY  WRITE 4711 00:19:12345 0 EOF".
func locksWhole(info []byte) bool {
	for line := range bytes.Lines(info) {
		f := bytes.Fields(line)
		if len(f) > 4 && string(f[0]) == "lock:" && string(f[2]) == "FLOCK" && string(f[4]) == "WRITE" {
			return true
		}
	}
	return false
}

// search looks through all processes for the holder: its note is missing, or
// was written in another pid namespace.
func search(fd int) int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && Holds(pid, fd) {
			return pid
		}
	}
	return 0
}

// Signal sends a signal to the process that holds slot n, if that is still pid,
// and gives a pidfd of it, to wait by. The process is held by that descriptor
// before it is looked at: a number that is given to another one meanwhile does no harm.
func Signal(dir string, n, pid int, sig unix.Signal) (int, error) {
	fd, err := look(dir, n)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fd)
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, fmt.Errorf("pidfd_open of process %d: %w", pid, err)
	}
	if !Holds(pid, fd) {
		unix.Close(process)
		return -1, fmt.Errorf("process %d does not hold slot %d any more: %w", pid, n, unix.ESRCH)
	}
	if err := unix.PidfdSendSignal(process, sig, nil, 0); err != nil {
		unix.Close(process)
		return -1, fmt.Errorf("send signal %d to process %d: %w", sig, pid, err)
	}
	return process, nil
}

// IsHeld says whether somebody holds slot n. It takes the lock for no longer
// than it asks for, and only with others who look.
func IsHeld(dir string, n int) bool {
	fd, err := look(dir, n)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) == unix.EWOULDBLOCK
}

// HeldBy says whether that process holds slot n.
func HeldBy(dir string, n, pid int) bool {
	fd, err := look(dir, n)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return Holds(pid, fd)
}

// look opens a lease, to look at.
func look(dir string, n int) (int, error) {
	path := filepath.Join(dir, fileName(n))
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open the lease", Path: path, Err: err}
	}
	return fd, nil
}
