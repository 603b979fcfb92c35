package seccomp

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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
	code := m.Run()
	removeHelper()
	os.Exit(code)
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

var buildProbe = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "judge-seccomp-probe")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "probe")
	return path, exec.Command("gcc", "-static", "-O1", "-pthread", "-o", path, "testdata/probe.c").Run()
})

func probe(t *testing.T) string {
	t.Helper()
	path, err := buildProbe()
	if err != nil {
		t.Skip("feature missing: gcc with static libraries: ", err)
	}
	return path
}

func nativeFilter(t *testing.T, name string, o Options) Filter {
	t.Helper()
	if Native() != X86_64 {
		t.Skip("feature missing: an x86_64 kernel")
	}
	f, err := LoadPolicy(builtin(t, name), Native(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestKernel asks the kernel what the simulator was asked.
func TestKernel(t *testing.T) {
	const killed = "killed"
	tests := []struct {
		rule, policy, args string
		want               string // the answer, or killed
		call               string // the text of the call that was handed over
	}{
		{"an allowed call is made", "strict", "64 110", "", ""},
		{"threads start, by clone", "strict", "thread", "0", ""},
		{"a socket ends the run and is named", "strict", "64 41 2 1 0", killed, "socket(AF_INET, SOCK_STREAM, 0)"},
		{"bits above an int do not hide a socket", "strict", "64 41 0x100000002 1 0", killed, "socket(AF_INET, SOCK_STREAM, 0)"},
		{"a stream to the name service is refused with an error", "strict", "64 41 1 0x80801 0", "-13", ""},
		{"clone3 is not there", "strict", "64 435 0 0", "-38", ""},
		{"a new user namespace by clone", "strict", "64 56 0x10000011 0 0 0 0", killed, "clone(CLONE_NEWUSER|SIGCHLD, NULL, NULL, NULL, NULL)"},
		{"io_uring is not there", "strict", "64 425 1 0", "-38", ""},
		{"typing into a terminal", "strict", "64 16 0 0x5412 0", killed, "ioctl(0, TIOCSTI, 0)"},
		{"the kernel reads 32 bits of a request", "strict", "64 16 0 0x1000005412 0", killed, "ioctl(0, TIOCSTI, 0)"},
		{"a limit of another process", "strict", "64 302 1 7 0 0", "-1", ""},
		{"a number that no kernel has", "strict", "64 999", killed, "syscall_0x3e7(0, 0, 0, 0, 0, 0)"},
		{"x32 leaves a notice", "strict", "x32 39", killed, "getpid() of x32"},
		{"int 0x80 leaves a notice", "strict", "int80 20", killed, "getpid() of i386"},
		{"int 0x80 leaves a notice in every policy", "ci", "int80 20", killed, "getpid() of i386"},
		{"a socket of default", "default", "64 41 2 1 0", "3", ""},
		{"no vsock", "default", "64 41 40 1 0", "-97", ""},
		{"no namespaces", "default", "64 272 0x10000000", "-1", ""},
		{"an unknown number is not there", "default", "64 999", "-38", ""},
		{"loading a module ends the run", "default", "64 313 -1 0 0", killed, "finit_module(-1, NULL, 0)"},
		{"loading a module is refused in a script", "ci", "64 313 -1 0 0", "-1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f := nativeFilter(t, tt.policy, Options{})
			argv := append([]string{probe(t)}, strings.Fields(tt.args)...)
			o := underFilter(t, f.Program, false, "", argv...)
			if strings.HasPrefix(tt.args, "int80") && strings.TrimSpace(o.stdout) == "-38" {
				t.Skip("feature missing: 32-bit calls (CONFIG_IA32_EMULATION)")
			}
			if (len(o.calls) > 0) != (tt.want == killed) {
				t.Fatalf("handed over: %v, answer %q, %v", o.calls, o.stdout, o.state)
			}
			if got := strings.TrimSpace(o.stdout); tt.want != killed && tt.want != "" && got != tt.want {
				t.Errorf("answer %s, want %s", got, tt.want)
			}
			if len(o.calls) > 0 {
				if got := o.calls[0].String(); got != tt.call {
					t.Errorf("call %s, want %s", got, tt.call)
				}
				if o.stdout != "" {
					t.Errorf("the call was answered with %s", o.stdout)
				}
			}
		})
	}
}

// TestKernelWithoutNotices: the fallback kills the process by itself.
func TestKernelWithoutNotices(t *testing.T) {
	f := nativeFilter(t, "strict", Options{WithoutNotices: true})
	if f.UsesNotify {
		t.Fatal("it uses notices")
	}
	for _, args := range [][]string{{"64", "41", "2", "1", "0"}, {"int80", "20"}, {"x32", "39"}} {
		o := underFilter(t, f.Program, false, "", append([]string{probe(t)}, args...)...)
		status := o.state.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != unix.SIGSYS {
			t.Errorf("%v: %v, answer %q; want SIGSYS", args, o.state, o.stdout)
		}
	}
}

// TestKernelRecorder: every call is handed over, and made when the listener says so.
func TestKernelRecorder(t *testing.T) {
	path := probe(t)
	o := underFilter(t, Recorder().Program, true, "", path, "64", strconv.Itoa(unix.SYS_GETPID))
	names := map[string]bool{}
	for _, c := range o.calls {
		names[c.Name] = true
	}
	for _, want := range []string{"execve", "getpid", "write", "exit_group"} {
		if !names[want] {
			t.Errorf("%s is not among the calls", want)
		}
	}
	if !o.state.Success() || o.stdout == "" {
		t.Errorf("%v, answer %q", o.state, o.stdout)
	}
}

// TestKernelListenerGone: when nobody listens any more, a call that would be
// handed over is answered with ENOSYS and nobody hangs.
func TestKernelListenerGone(t *testing.T) {
	f := nativeFilter(t, "strict", Options{})
	path := probe(t)
	script := filepath.Join(t.TempDir(), "filter")
	if err := os.WriteFile(script, f.Program, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(script)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	far := os.NewFile(uintptr(pair[1]), "far")
	cmd := exec.Command(self, path, "64", strconv.Itoa(unix.SYS_SOCKET), "2", "1", "0")
	cmd.Env = append(os.Environ(), childVar+"=1")
	cmd.ExtraFiles = []*os.File{in, far}
	go func() { // take the listener and let it go
		if fd, err := receiveFD(pair[0]); err == nil {
			unix.Close(fd)
		}
		unix.Close(pair[0])
	}()
	out, err := cmd.Output()
	far.Close()
	if err != nil || strings.TrimSpace(string(out)) != "-38" {
		t.Errorf("answer %q, %v; want -38", out, err)
	}
}
