package seccomp

import (
	"encoding/json"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestCallString(t *testing.T) {
	at := ^uint64(99) // AT_FDCWD, -100
	x := ^uint64(0)
	tests := []struct {
		name string
		args [6]uint64
		want string
	}{
		{"socket", [6]uint64{2, 1, 0}, "socket(AF_INET, SOCK_STREAM, 0)"},
		{"socket", [6]uint64{10, 0x80802, 17}, "socket(AF_INET6, SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_UDP)"},
		{"socket", [6]uint64{16, 3, 9}, "socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)"},
		{"socket", [6]uint64{17, 3, 0x300}, "socket(AF_PACKET, SOCK_RAW, 0x300)"},
		{"socket", [6]uint64{0x1234, 0x1000f, 1}, "socket(0x1234, 0xf|0x10000, 0x1)"},
		{"clone", [6]uint64{0x10000011}, "clone(CLONE_NEWUSER|SIGCHLD, NULL, NULL, NULL, NULL)"},
		{"clone", [6]uint64{0x3d0f00}, "clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, NULL, NULL, NULL, NULL)"},
		{"clone", [6]uint64{17}, "clone(SIGCHLD, NULL, NULL, NULL, NULL)"},
		{"clone", [6]uint64{}, "clone(0, NULL, NULL, NULL, NULL)"},
		{"unshare", [6]uint64{0x10020000}, "unshare(CLONE_NEWNS|CLONE_NEWUSER)"},
		{"unshare", [6]uint64{0x80}, "unshare(CLONE_NEWTIME)"},
		{"setns", [6]uint64{3, 0}, "setns(3, 0)"},
		{"mount", [6]uint64{0x1000, 0x2000, 0, 0x1001, 0}, "mount(0x1000, 0x2000, NULL, MS_RDONLY|MS_BIND, NULL)"},
		{"umount2", [6]uint64{0x1000, 2}, "umount2(0x1000, MNT_DETACH)"},
		{"ptrace", [6]uint64{0x4206, 1, 0, 0}, "ptrace(PTRACE_SEIZE, 1, NULL, NULL)"},
		{"ptrace", [6]uint64{16, 0xffffffff, 0, 0}, "ptrace(PTRACE_ATTACH, -1, NULL, NULL)"},
		{"openat", [6]uint64{at, 0x1000, 0x80241, 0o644}, "openat(AT_FDCWD, 0x1000, O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0644)"},
		{"openat", [6]uint64{3, 0x1000, 0x10000, 0}, "openat(3, 0x1000, O_RDONLY|O_DIRECTORY, 00)"},
		{"openat", [6]uint64{3, 0x1000, 0x410002, 0}, "openat(3, 0x1000, O_RDWR|O_TMPFILE, 00)"},
		{"prctl", [6]uint64{22, 2, 0x1000}, "prctl(PR_SET_SECCOMP, 0x2, 0x1000, 0, 0)"},
		{"ioctl", [6]uint64{0, 1<<36 | 0x5412, 0x1000}, "ioctl(0, TIOCSTI, 0x1000)"},
		{"ioctl", [6]uint64{0, 0xdead, 0}, "ioctl(0, 0xdead, 0)"},
		{"kill", [6]uint64{^uint64(0), 9}, "kill(-1, SIGKILL)"},
		{"kill", [6]uint64{1, 999}, "kill(1, 999)"},
		{"keyctl", [6]uint64{10, ^uint64(2), 1}, "keyctl(KEYCTL_SEARCH, -3, 0x1, 0, 0)"},
		{"prlimit64", [6]uint64{1, 7}, "prlimit64(1, RLIMIT_NOFILE, NULL, NULL)"},
		{"mmap", [6]uint64{0, 4096, 3, 0x22, ^uint64(0), 0}, "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"},
		{"personality", [6]uint64{0x40000}, "personality(ADDR_NO_RANDOMIZE)"},
		{"chroot", [6]uint64{0x7ffd0000}, "chroot(0x7ffd0000)"},
		{"vhangup", [6]uint64{1, 2, 3}, "vhangup()"},
		{"io_uring_setup", [6]uint64{8, 0x1000}, "io_uring_setup(8, 0x1000)"},
		{"mq_unlink", [6]uint64{0x1000, 1}, "mq_unlink(0x1000)"},
		{"afs_syscall", [6]uint64{0x1000, 1}, "afs_syscall(0x1000, 0x1, 0, 0, 0, 0)"}, // without a signature

		// Garbage above the 32 bits that the kernel reads.
		{"close", [6]uint64{1<<36 | 0xffffffff}, "close(-1)"},
		{"dup3", [6]uint64{x, 7, 1<<40 | 0x80000}, "dup3(-1, 7, 0x80000)"},
		{"setns", [6]uint64{x, 1<<35 | 0x40000000}, "setns(-1, CLONE_NEWNET)"},
		{"unshare", [6]uint64{1<<35 | 0x40000000}, "unshare(CLONE_NEWNET|0x800000000)"}, // reads a long
		{"umount2", [6]uint64{0x1000, 1<<40 | 2}, "umount2(0x1000, MNT_DETACH)"},
		{"unlinkat", [6]uint64{0xffffff9c, 0x1000, 1<<40 | 0x200}, "unlinkat(AT_FDCWD, 0x1000, AT_REMOVEDIR)"},
		{"memfd_create", [6]uint64{0x1000, 1<<40 | 5}, "memfd_create(0x1000, MFD_CLOEXEC|MFD_HUGETLB)"},
		{"sendto", [6]uint64{3, 0x1000, 10, 1<<32 | 0x4000, 0, 1<<32 | 16}, "sendto(3, 0x1000, 10, 0x4000, NULL, 16)"},
		{"connect", [6]uint64{3, 0x1000, x}, "connect(3, 0x1000, -1)"},
		{"bpf", [6]uint64{5, 0x1000, 1<<32 | 128}, "bpf(5, 0x1000, 128)"},
		{"io_uring_setup", [6]uint64{1<<32 | 8, 0x1000}, "io_uring_setup(8, 0x1000)"},
		{"chown", [6]uint64{0x1000, x, 1<<32 | 4000000000}, "chown(0x1000, -1, 4000000000)"},
		{"lseek", [6]uint64{3, ^uint64(9), 2}, "lseek(3, -10, 2)"},
		{"ptrace", [6]uint64{1<<32 | 16, 1}, "ptrace(0x100000010, 1, NULL, NULL)"}, // reads a long
		{"setuid", [6]uint64{1 << 32}, "setuid(0)"},
	}
	for _, tt := range tests {
		nr, _ := Number(X86_64, tt.name)
		if got := (Notice{Arch: X86_64, NR: nr, Args: tt.args}).Call().String(); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	if got := (Notice{Arch: ARM64, NR: 56, Args: [6]uint64{at, 1, 0x4000}}).Call().String(); got != "openat(AT_FDCWD, 0x1, O_RDONLY|O_DIRECTORY, 00)" {
		t.Error("flags of arm64:", got)
	}
	if got := (Notice{Arch: 0x1234, NR: -1}).Call().String(); got != "syscall_0xffffffff(0, 0, 0, 0, 0, 0) of 0x1234" {
		t.Error("an unknown architecture:", got)
	}
}

func TestViolation(t *testing.T) {
	tests := []struct {
		n    Notice
		want string
	}{
		{Notice{Arch: X86_64, NR: 41, Args: [6]uint64{2, 1, 0}}, `{"syscall":"socket","nr":41,"arch":"x86_64","args":["0x2","0x1","0x0","0x0","0x0","0x0"]}`},
		{Notice{Arch: X86_64, NR: x32Bit | 39}, `{"syscall":"getpid","nr":1073741863,"arch":"x32","args":["0x0","0x0","0x0","0x0","0x0","0x0"]}`},
		{Notice{Arch: I386, NR: 20}, `{"syscall":"getpid","nr":20,"arch":"i386","args":["0x0","0x0","0x0","0x0","0x0","0x0"]}`},
	}
	for _, tt := range tests {
		got, err := json.Marshal(tt.n.Call().Violation())
		if err != nil || string(got) != tt.want {
			t.Errorf("%s, %v; want %s", got, err, tt.want)
		}
	}
}

// FuzzCall: any numbers give a text and a violation.
func FuzzCall(f *testing.F) {
	f.Add(uint32(X86_64), int32(41), uint64(2), uint64(1), uint64(0))
	f.Add(uint32(I386), int32(-1), ^uint64(0), uint64(1)<<63, uint64(7))
	f.Fuzz(func(t *testing.T, arch uint32, nr int32, a, b, c uint64) {
		call := Notice{Arch: Arch(arch), NR: int(nr), Args: [6]uint64{a, b, c, a ^ b, b ^ c, a ^ c}}.Call()
		if call.String() == "" || len(call.Violation().Args) != 6 {
			t.Fatal(call)
		}
	})
}

// TestNoticeSizes holds the layouts to the kernel's.
func TestNoticeSizes(t *testing.T) {
	if got := unsafe.Sizeof(notif{}); got != 80 {
		t.Errorf("struct seccomp_notif has 80 bytes, not %d", got)
	}
	if got := unsafe.Sizeof(response{}); got != 24 {
		t.Errorf("struct seccomp_notif_resp has 24 bytes, not %d", got)
	}
	n, r, d, err := Sizes()
	if err != nil {
		t.Skip("feature missing: seccomp user notification: ", err)
	}
	if n < 80 || r < 24 || d < dataSize {
		t.Errorf("the kernel's sizes are %d, %d, %d", n, r, d)
	}
	if unix.SECCOMP_IOCTL_NOTIF_RECV != 0xc0502100 {
		t.Error("the request for a notice has another size in it")
	}
}
