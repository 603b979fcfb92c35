package seccomp

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// childVar makes the test binary install the filter that descriptor 3 holds,
// send the listener through descriptor 4, and execute its arguments.
const childVar = "JUDGE_SECCOMP_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		fmt.Fprintln(os.Stderr, "child:", becomeFiltered())
		os.Exit(125)
	}
	os.Exit(withBuildDir(m))
}

func withBuildDir(m *testing.M) int {
	var err error
	if builtDir, err = os.MkdirTemp("", "judge-seccomp-test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(builtDir)
	return m.Run()
}

// becomeFiltered returns only if it fails. It needs no privilege: a thread with
// no_new_privs may install filters (seccomp(2)).
func becomeFiltered() error {
	runtime.LockOSThread()
	program, err := os.ReadFile("/proc/self/fd/3")
	if err != nil {
		return err
	}
	path, err := exec.LookPath(os.Args[1])
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	os.Unsetenv(childVar)
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	f := newFilter(program)
	prog := unix.SockFprog{Len: uint16(f.Instructions), Filter: (*unix.SockFilter)(unsafe.Pointer(&program[0]))}
	var flags uintptr
	if f.UsesNotify {
		flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	}
	// The signal by which the Go runtime takes a processor from a goroutine would
	// make this thread call rt_sigreturn, which may be held while nobody has the
	// listener yet (machines that are emulated are slow enough for that).
	urgent := unix.Sigset_t{Val: [16]uint64{1 << (unix.SIGURG - 1)}}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, nil); err != nil {
		return err
	}
	// Another thread, without the filter, sends the listener: a filter may forbid
	// that to this one, and the parent cannot answer before it has it. Telling
	// the other takes no system call.
	var listener atomic.Int64
	sent := make(chan error, 1)
	if f.UsesNotify {
		go func() {
			for listener.Load() == 0 {
				time.Sleep(100 * time.Microsecond)
			}
			sent <- unix.Sendmsg(4, []byte{0}, unix.UnixRights(int(listener.Load())), nil, 0)
		}()
	}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	if f.UsesNotify {
		listener.Store(int64(fd))
		if err := <-sent; err != nil {
			return err
		}
	}
	return unix.Exec(path, os.Args[1:], os.Environ())
}

// outcome is what became of a filtered program.
type outcome struct {
	calls  []Call // that were handed over; the first ended the program
	stdout string
	stderr string
	state  *os.ProcessState
}

// underFilter runs a program under a filter. A call that is handed over ends
// it, as in a run of judge; with survey it is made all the same.
func underFilter(t *testing.T, program []byte, survey bool, dir string, argv ...string) outcome {
	t.Helper()
	file := filepath.Join(t.TempDir(), "filter")
	if err := os.WriteFile(file, program, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	far := os.NewFile(uintptr(pair[1]), "far")
	defer unix.Close(pair[0])

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(self, argv...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), childVar+"=1")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.ExtraFiles = []*os.File{in, far}
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	far.Close()
	var o outcome
	end := func() { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) } // it may be gone already
	timeout := time.AfterFunc(60*time.Second, end)
	defer timeout.Stop()
	if fd, err := receiveFD(pair[0]); err == nil {
		o.calls = listen(t, fd, survey, end)
		unix.Close(fd)
	}
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o.stdout, o.stderr, o.state = stdout.String(), stderr.String(), cmd.ProcessState
	if o.state.ExitCode() == 125 && strings.HasPrefix(o.stderr, "child:") {
		if strings.Contains(o.stderr, "invalid argument") {
			t.Skip("feature missing: seccomp user notification: ", o.stderr)
		}
		t.Fatal(o.stderr)
	}
	return o
}

func receiveFD(sock int) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(sock, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) == 0 {
		return -1, errors.New("no descriptor came")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return -1, err
	}
	return fds[0], nil
}

// listen serves notices until no process has the filter any more.
func listen(t *testing.T, fd int, survey bool, end func()) (calls []Call) {
	l, err := NewListener()
	if err != nil {
		t.Fatal(err)
	}
	for {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			if poll[0].Revents&unix.POLLHUP != 0 {
				return calls
			}
			continue
		}
		n, err := l.Receive(fd)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !Valid(fd, n.ID) {
			t.Errorf("notice of %v is not valid while it waits", n)
		}
		calls = append(calls, n.Call())
		if survey {
			_ = Continue(fd, n.ID) // its thread may have been killed meanwhile
			continue
		}
		end()
	}
}
