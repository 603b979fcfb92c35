package seccomp

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"judge/testcases/built"
)

var buildProbe = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtDir, "probe")
	return path, built.C(path, "testdata/probe.c", []string{"-static", "-O1", "-pthread"})
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

// TestKernelRecorder: every call is handed over, and made when the listener
// says so; but those that a process makes while nobody listens are not.
func TestKernelRecorder(t *testing.T) {
	path := probe(t)
	o := underFilter(t, Recorder(Native()).Program, true, "", path, "64", strconv.Itoa(unix.SYS_GETPID))
	names := map[string]bool{}
	for _, c := range o.calls {
		names[c.Name] = true
	}
	for name, want := range map[string]bool{"execve": false, "exit_group": false, "getpid": true, "write": true} {
		if names[name] != want {
			t.Errorf("%s is among the calls: %v, want %v", name, names[name], want)
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
