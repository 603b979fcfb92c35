package seccomp

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBuiltinFilters is what the built-in policies promise, asked of the
// compiled programs on both architectures.
func TestBuiltinFilters(t *testing.T) {
	const (
		garbage = 0xdeadbeef << 32 // above what the kernel reads of an int
		x       = ^uint64(0)
	)
	eperm, enosys, enotty, eacces := Errno(unix.EPERM), Errno(unix.ENOSYS), Errno(unix.ENOTTY), Errno(unix.EACCES)
	enomem := Errno(unix.ENOMEM)
	family, protocol, sockType := Errno(unix.EAFNOSUPPORT), Errno(unix.EPROTONOSUPPORT), Errno(unix.ESOCKTNOSUPPORT)
	tests := []struct {
		call                 string
		args                 [6]uint64
		strict, standard, ci Action
	}{
		{"read", [6]uint64{x, x, x, x, x, x}, Allow, Allow, Allow},
		{"execve", [6]uint64{x, x, x}, Allow, Allow, Allow},
		{"exit_group", [6]uint64{}, Allow, Allow, Allow},
		{"open", [6]uint64{}, Allow, Allow, Allow},
		{"openat2", [6]uint64{}, Allow, Allow, Allow},
		{"futex", [6]uint64{}, Allow, Allow, Allow},
		{"rseq", [6]uint64{}, Allow, Allow, Allow},
		{"shmget", [6]uint64{}, Allow, Allow, Allow},
		{"mq_open", [6]uint64{}, enosys, Allow, Allow},
		{"mq_unlink", [6]uint64{}, enosys, Allow, Allow},
		{"mq_timedsend", [6]uint64{}, Kill, Allow, Allow},
		{"mmap", [6]uint64{0, 4096, 3, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}, Allow, Allow, Allow},
		{"mmap", [6]uint64{0, 1 << 21, 3, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_HUGETLB}, enomem, enomem, enomem},
		{"mmap", [6]uint64{0, 1 << 21, 3, garbage | unix.MAP_HUGETLB | unix.MAP_HUGE_1GB}, enomem, enomem, enomem},
		{"shmget", [6]uint64{1, 1 << 21, 0o4000 | unix.IPC_CREAT}, enomem, enomem, enomem},
		{"memfd_create", [6]uint64{0, unix.MFD_CLOEXEC}, Allow, Allow, Allow},
		{"memfd_create", [6]uint64{0, unix.MFD_HUGETLB | unix.MFD_HUGE_2MB}, enomem, enomem, enomem},
		{"fchmodat2", [6]uint64{}, Allow, Allow, Allow}, // newer than libseccomp 2.5.4
		{"mseal", [6]uint64{}, Allow, Allow, Allow},
		{"getxattrat", [6]uint64{}, Allow, Allow, Allow},
		{"capget", [6]uint64{}, Allow, Allow, Allow},

		{"clone", [6]uint64{0x3d0f00}, Allow, Allow, Allow},
		{"clone", [6]uint64{garbage | 17}, Allow, Allow, Allow},
		{"clone", [6]uint64{unix.CLONE_NEWUSER | 17}, Kill, eperm, eperm},
		{"clone", [6]uint64{garbage | unix.CLONE_NEWNET}, Kill, eperm, eperm},
		{"clone", [6]uint64{unix.CLONE_NEWNS}, Kill, eperm, eperm},
		{"clone", [6]uint64{unix.CLONE_NEWCGROUP}, Kill, eperm, eperm},
		{"clone3", [6]uint64{}, enosys, enosys, enosys},
		{"unshare", [6]uint64{unix.CLONE_NEWUSER}, Kill, eperm, eperm},
		{"unshare", [6]uint64{unix.CLONE_NEWTIME}, Kill, eperm, eperm},
		{"unshare", [6]uint64{unix.CLONE_FS | unix.CLONE_FILES}, Kill, Allow, Allow},
		{"setns", [6]uint64{}, Kill, eperm, eperm},

		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_STREAM}, Kill, Allow, Allow},
		{"socket", [6]uint64{garbage | unix.AF_INET, unix.SOCK_STREAM}, Kill, Allow, Allow},
		{"socket", [6]uint64{unix.AF_INET6, unix.SOCK_DGRAM | unix.SOCK_CLOEXEC, unix.IPPROTO_UDP}, Kill, Allow, Allow},
		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP}, Kill, eperm, eperm},
		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_DCCP}, Kill, sockType, sockType},
		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP}, Kill, protocol, protocol},
		{"socket", [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_CLOEXEC}, eacces, Allow, Allow},
		{"socket", [6]uint64{unix.AF_UNIX, unix.SOCK_DGRAM}, Kill, Allow, Allow},
		{"socket", [6]uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, Kill, Allow, Allow},
		{"socket", [6]uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER}, Kill, protocol, protocol},
		{"socket", [6]uint64{unix.AF_VSOCK, unix.SOCK_STREAM}, Kill, family, family},
		{"socket", [6]uint64{unix.AF_ALG, unix.SOCK_SEQPACKET}, Kill, family, family},
		{"socket", [6]uint64{unix.AF_PACKET, unix.SOCK_RAW}, Kill, family, family},
		{"socketpair", [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM}, Allow, Allow, Allow},
		{"socketpair", [6]uint64{garbage | unix.AF_UNIX, unix.SOCK_STREAM}, Allow, Allow, Allow},
		{"socketpair", [6]uint64{unix.AF_TIPC, unix.SOCK_STREAM}, Kill, family, family},
		{"connect", [6]uint64{}, Kill, Allow, Allow},
		{"bind", [6]uint64{}, Kill, Allow, Allow},
		{"listen", [6]uint64{}, Kill, Allow, Allow},

		{"ioctl", [6]uint64{0, unix.TIOCSTI}, Kill, eperm, eperm},
		{"ioctl", [6]uint64{0, garbage | unix.TIOCSTI}, Kill, eperm, eperm},
		{"ioctl", [6]uint64{0, garbage | 0x541c}, Kill, eperm, eperm}, // TIOCLINUX
		{"ioctl", [6]uint64{0, unix.TCGETS}, Allow, Allow, Allow},
		{"ioctl", [6]uint64{0, unix.TCSETSF}, Allow, Allow, Allow},
		{"ioctl", [6]uint64{0, unix.TIOCSETD}, enotty, eperm, eperm},
		{"ioctl", [6]uint64{0, 0x12345678}, enotty, Allow, Allow},

		{"prctl", [6]uint64{unix.PR_SET_NAME}, Allow, Allow, Allow},
		{"prctl", [6]uint64{garbage | unix.PR_SET_NAME}, Allow, Allow, Allow},
		{"prctl", [6]uint64{unix.PR_CAPBSET_READ}, Allow, Allow, Allow},
		{"prctl", [6]uint64{unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_IS_SET}, Allow, Allow, Allow},
		{"prctl", [6]uint64{unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE}, eperm, Allow, Allow},
		{"prctl", [6]uint64{unix.PR_SET_SECCOMP, 2}, eperm, Allow, Allow},
		{"prctl", [6]uint64{unix.PR_SET_MM}, eperm, Allow, Allow},
		{"seccomp", [6]uint64{1}, eperm, Allow, Allow},

		{"prlimit64", [6]uint64{0, 7}, Allow, Allow, Allow},
		{"prlimit64", [6]uint64{garbage, 7}, Allow, Allow, Allow},
		{"prlimit64", [6]uint64{1, 7}, eperm, eperm, eperm},
		{"personality", [6]uint64{0xffffffff}, Allow, Allow, Allow},
		{"personality", [6]uint64{0}, Allow, Allow, Allow},
		{"personality", [6]uint64{0x400000}, eperm, eperm, eperm},
		{"mknod", [6]uint64{0, unix.S_IFIFO | 0o600}, Allow, Allow, Allow},
		{"mknodat", [6]uint64{0, 0, 0o600}, Allow, Allow, Allow},
		{"mknodat", [6]uint64{0, 0, unix.S_IFCHR | 0o600}, eperm, eperm, eperm},
		{"mknodat", [6]uint64{0, 0, garbage | 0xabc<<16 | unix.S_IFBLK}, eperm, eperm, eperm},

		{"io_uring_setup", [6]uint64{}, enosys, enosys, enosys},
		{"io_uring_enter", [6]uint64{}, Kill, enosys, enosys},
		{"sync", [6]uint64{}, eperm, Allow, Allow},
		{"ptrace", [6]uint64{}, Kill, eperm, Allow},
		{"process_vm_writev", [6]uint64{}, Kill, eperm, Allow},
		{"bpf", [6]uint64{}, Kill, eperm, eperm},
		{"perf_event_open", [6]uint64{}, Kill, eperm, eperm},
		{"keyctl", [6]uint64{}, Kill, eperm, eperm},
		{"add_key", [6]uint64{}, Kill, eperm, eperm},
		{"userfaultfd", [6]uint64{}, Kill, eperm, eperm},
		{"mount", [6]uint64{}, Kill, eperm, eperm},
		{"fsopen", [6]uint64{}, Kill, eperm, eperm},
		{"open_tree_attr", [6]uint64{}, Kill, eperm, eperm},
		{"pivot_root", [6]uint64{}, Kill, eperm, eperm},
		{"chroot", [6]uint64{}, Kill, eperm, eperm},
		{"clock_settime", [6]uint64{}, Kill, eperm, eperm},
		{"name_to_handle_at", [6]uint64{}, Kill, eperm, eperm},
		{"open_by_handle_at", [6]uint64{}, Kill, Kill, eperm},
		{"init_module", [6]uint64{}, Kill, Kill, eperm},
		{"kexec_load", [6]uint64{}, Kill, Kill, eperm},
		{"reboot", [6]uint64{}, Kill, Kill, eperm},
		{"swapon", [6]uint64{}, Kill, Kill, eperm},
		{"iopl", [6]uint64{}, Kill, Kill, eperm},
		{"fanotify_init", [6]uint64{}, Kill, eperm, eperm},
		{"quotactl", [6]uint64{}, Kill, eperm, eperm},
		{"memfd_secret", [6]uint64{}, Kill, eperm, eperm},
		{"modify_ldt", [6]uint64{}, Kill, eperm, eperm},
		{"syslog", [6]uint64{}, Kill, eperm, eperm},
		{"listns", [6]uint64{}, Kill, eperm, eperm},
	}
	for _, arch := range []Arch{X86_64, ARM64} {
		programs := map[string][]byte{}
		for _, name := range []string{"strict", "default", "ci"} {
			f, err := LoadPolicy(builtin(t, name), arch, Options{})
			if err != nil {
				t.Fatal(err)
			}
			programs[name] = f.Program
		}
		for _, tt := range tests {
			nr, ok := Number(arch, tt.call)
			if !ok {
				continue // open, iopl and others are not on arm64
			}
			for name, want := range map[string]Action{"strict": tt.strict, "default": tt.standard, "ci": tt.ci} {
				got, err := Simulate(programs[name], arch, nr, tt.args)
				if err != nil || got != want {
					t.Errorf("%s, %s: %s(%#x) = %s, %v; want %s", name, arch, tt.call, tt.args, got, err, want)
				}
			}
		}
	}
}

// TestForeign: every other architecture, and x32, is handed over in every policy.
func TestForeign(t *testing.T) {
	for i := range embeddedFilters {
		e := &embeddedFilters[i]
		program := []byte(*e.program)
		for _, arch := range []Arch{X86_64, ARM64, I386, ARM, 0, 0xffffffff, e.arch ^ 1} {
			if arch == e.arch {
				continue
			}
			for nr := range 500 {
				if a, err := Simulate(program, arch, nr, [6]uint64{}); err != nil || a != Kill {
					t.Fatalf("%s %s: call %d of %s: %s, %v", e.policy, e.arch, nr, arch, a, err)
				}
			}
		}
		if e.arch != X86_64 {
			continue
		}
		for _, nr := range []int{x32Bit, x32Bit | 39, x32Bit | 512, x32Bit | 547, 0x7fffffff, -2} {
			if a, err := Simulate(program, X86_64, nr, [6]uint64{}); err != nil || a != Kill {
				t.Errorf("%s: x32 call %#x: %s, %v", e.policy, nr, a, err)
			}
		}
	}
}

// TestWithoutNotices: the fallback differs from the other in that alone.
func TestWithoutNotices(t *testing.T) {
	for i := range embeddedFilters {
		e := &embeddedFilters[i]
		f := Options{WithoutNotices: true}.filter([]byte(*e.program))
		if f.UsesNotify {
			t.Errorf("%s %s hands calls over", e.policy, e.arch)
		}
		for nr := range 600 {
			a, _ := Simulate([]byte(*e.program), e.arch, nr, [6]uint64{})
			b, err := Simulate(f.Program, e.arch, nr, [6]uint64{})
			if a == Kill {
				a = KillProcess
			}
			if a != b || err != nil {
				t.Errorf("%s %s: %s: %s, %v; want %s", e.policy, e.arch, Name(e.arch, nr), b, err, a)
			}
		}
	}
}

// TestCompileIsDefault: TestRuntimes counts on it.
func TestCompileIsDefault(t *testing.T) {
	if builtinSpec(t, "compile").Digest() != builtinSpec(t, "default").Digest() {
		t.Error("compile has a filter of its own; run it in TestRuntimes")
	}
}

// TestConditions holds compiled conditions to Condition.Holds.
func TestConditions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	interesting := []uint64{0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1<<32 | 1, 1<<36 | 0x5412, 1 << 63, ^uint64(0), 0xffffffff00000000}
	pick := func() uint64 {
		if r.IntN(4) == 0 {
			return r.Uint64()
		}
		return interesting[r.IntN(len(interesting))]
	}
	for range 20000 {
		c := Condition{Arg: r.IntN(6), Mask: pick(), Op: operators[r.IntN(len(operators))], Value: pick()}
		var args [6]uint64
		for i := range args {
			args[i] = pick()
		}
		if r.IntN(2) == 0 {
			args[c.Arg] = c.Value + uint64(r.IntN(3)) - 1
		}
		rules := []Rule{{When: []Condition{c}, Action: Allow}, {Action: Kill}}
		p := newGraph().shortest(rules).program()
		if got, err := run(p, data(X86_64, 0, args)); err != nil || got != decide(rules, args) {
			t.Fatalf("%s of %#x: %s, %v", c, args, got, err)
		}
	}
}
