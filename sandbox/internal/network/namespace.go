package network

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// here is the calling thread's network namespace.
const here = "/proc/thread-self/ns/net"

func openNS(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open the network namespace", Path: path, Err: err}
	}
	return fd, nil
}

// in runs f on a thread that is in a network namespace: in the one that enter
// leads to. The thread comes back; one that could not would end with its goroutine.
func in(enter func() error, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- func() error {
			home, err := openNS(here)
			if err != nil {
				return err
			}
			defer unix.Close(home)
			if err := enter(); err != nil {
				runtime.UnlockOSThread()
				return err
			}
			err = f()
			if back := unix.Setns(home, unix.CLONE_NEWNET); back != nil {
				return fmt.Errorf("setns back to judge's own network namespace: %w", back) // still locked
			}
			runtime.UnlockOSThread()
			return err
		}()
	}()
	return <-done
}

// fresh makes a namespace.
func fresh() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare(CLONE_NEWNET): %w", err)
	}
	return nil
}

// joined enters one that there is.
func joined(fd int) func() error {
	return func() error {
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("setns to a network namespace: %w", err)
		}
		return nil
	}
}

// A nsID tells namespaces apart, as long as they exist (namespaces(7)).
type nsID struct{ dev, ino uint64 }

func idOf(st *unix.Stat_t) nsID { return nsID{uint64(st.Dev), st.Ino} }

func idOfFD(fd int) (nsID, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nsID{}, fmt.Errorf("fstat of a network namespace: %w", err)
	}
	return idOf(&st), nil
}

// isNet says whether a descriptor is a network namespace's (ioctl_ns(2)).
func isNet(fd int) bool {
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	return err == nil && kind == unix.CLONE_NEWNET
}

// sysctl sets what the calling thread's namespace has; a kernel without the
// setting has nothing to set.
func sysctl(name, value string) error {
	fd, err := unix.Open("/proc/sys/net/"+name, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil
	}
	if err == nil {
		_, err = unix.Write(fd, []byte(value))
		unix.Close(fd)
	}
	if err != nil {
		return fmt.Errorf("write %q to /proc/sys/net/%s: %w", value, name, err)
	}
	return nil
}
