package lease

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// firstPidns is the inode number of the pid namespace that the host starts with
// (PROC_PID_INIT_INO of include/linux/proc_ns.h).
const firstPidns = 0xEFFFFFFC

// Gone says whether a directory of leases is lost for ever, and with it whoever
// held one: its file system is mounted nowhere, and nothing of it is open or
// locked. That takes a look at every process of the host. Where not all can be
// seen, as in a container, it is not known, and so not gone.
func (m Mark) Gone() bool {
	var own unix.Stat_t
	if os.Geteuid() != 0 || unix.Stat("/proc/self/ns/pid", &own) != nil || own.Ino != firstPidns {
		return false
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		dir := "/proc/" + strconv.Itoa(pid)
		if uses, err := m.usedBy(dir); uses || err != nil && !ended(dir) {
			return false
		}
	}
	locks, err := procfs.Read("/proc/locks", 4<<10)
	return err == nil && !m.locked(locks)
}

// usedBy says whether the file system of the mark is mounted where a process is,
// or has a file that it has open. Whether the second is so, root is refused to
// know of a few processes, as of one with a capability that judge lacks; of
// their locks it is told.
func (m Mark) usedBy(dir string) (bool, error) {
	mounts, err := procfs.Read(dir+"/mountinfo", 16<<10)
	if err != nil {
		return false, err
	}
	if m.mountedIn(mounts) {
		return true, nil
	}
	files, err := os.ReadDir(dir + "/fd")
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return false, err
	}
	// The devices of files need not be those of mounts (btrfs has one for each subvolume).
	paths := []string{dir + "/root", dir + "/cwd"}
	for _, f := range files {
		paths = append(paths, dir+"/fd/"+f.Name())
	}
	for _, path := range paths {
		var st unix.Stat_t
		switch err := unix.Stat(path, &st); {
		case err == nil && st.Dev == m.Dev:
			return true, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission): // closed meanwhile, or refused
			return false, err
		}
	}
	return false, nil
}

// locked looks for the device in the list of locks (proc_locks(5)):
// "1: FLOCK  ADVISORY  WRITE 4711 00:19:12345 0 EOF", in hexadecimal but for the inode.
func (m Mark) locked(locks []byte) bool {
	device := fmt.Appendf(nil, " %02x:%02x:", unix.Major(m.Dev), unix.Minor(m.Dev))
	return bytes.Contains(locks, device)
}

// mountedIn looks for the device in a list of mounts (proc_pid_mountinfo(5)).
func (m Mark) mountedIn(mounts []byte) bool {
	device := fmt.Appendf(nil, "%d:%d", unix.Major(m.Dev), unix.Minor(m.Dev))
	for line := range bytes.Lines(mounts) {
		if f := bytes.Fields(line); len(f) > 2 && bytes.Equal(f[2], device) {
			return true
		}
	}
	return false
}

// ended says whether a process is no more, or a zombie, which holds nothing.
func ended(dir string) bool {
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
	}
	state := procfs.State(stat)
	return state == 'Z' || state == 'X'
}
