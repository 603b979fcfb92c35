package filter

import (
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

func builtin(t testing.TB, name string) policy.Policy {
	t.Helper()
	p, ok := policy.Builtin(name)
	if !ok {
		t.Fatalf("no policy %s", name)
	}
	return p
}

func recording(t testing.TB, base string, others ...policy.Seccomp) *Recording {
	t.Helper()
	r, err := NewRecording(builtin(t, base).Seccomp, others...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func call(name string, args ...uint64) Call {
	var a [6]uint64
	copy(a[:], args)
	return seccomp.NewCall(name, seccomp.Native(), a)
}

// TestLearn: which rules come of which calls.
func TestLearn(t *testing.T) {
	const newUser = unix.CLONE_NEWUSER
	tests := []struct {
		rule, base string
		calls      []Call
		want       []string // rules, as conditions and action
	}{
		{"a call without arguments that matter", "default", []Call{call("read", 3, 0x7000, 10)}, nil},
		{"threads, but no namespaces", "default", []Call{call("clone", 0x3d0f00)}, []string{
			"arg0:32 & CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET == 0: allow"}},
		{"an answer of the base's, and what it lets through", "default", []Call{call("clone", newUser|17), call("clone", 17)}, []string{
			"arg0:32 & CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET != 0: errno:EPERM",
			"arg0:32 & CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET == 0: allow"}},
		{"what the base stops is learnt", "strict", []Call{call("clone", newUser|17)}, []string{
			"arg0:32 & CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET == CLONE_NEWUSER: allow"}},
		{"sockets by domain and type, with the base's protocols", "default", []Call{
			call("socket", unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 6), call("socket", unix.AF_INET, unix.SOCK_STREAM, 6)},
			[]string{"arg0:32 == AF_INET, arg1:32 & 0xf == SOCK_STREAM, arg2:32 == IPPROTO_TCP: allow"}},
		{"bits above an int change nothing", "default", []Call{call("socket", 1<<32|unix.AF_UNIX, unix.SOCK_STREAM)},
			[]string{"arg0:32 == AF_UNIX, arg1:32 & 0xf == SOCK_STREAM: allow"}},
		{"netlink by its protocol", "ci", []Call{call("socket", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)},
			[]string{"arg0:32 == AF_NETLINK, arg1:32 & 0xf == SOCK_RAW, arg2:32 == NETLINK_ROUTE: allow"}},
		{"a range of the base's that the request lies in", "strict", []Call{call("ioctl", 0, unix.TCSETSW)}, []string{"arg1:32 == TCSETSW: allow"}},
		{"one's own limits", "default", []Call{call("prlimit64", 0, 3)}, []string{"arg0:32 == 0: allow"}},
		{"those of another are refused", "default", []Call{call("prlimit64", 77, 3)}, []string{"arg0:32 != 0: errno:EPERM"}},
		{"files of a kind", "default", []Call{call("mknodat", 3, 0, unix.S_IFIFO|0o600)}, []string{"arg2:32 & S_IFMT == S_IFIFO: allow"}},
		{"no such call in this kernel", "default", []Call{call("clone3"), call("clone3")}, []string{"errno:ENOSYS"}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			r := recording(t, test.base)
			for _, c := range test.calls {
				r.Answer(c)
			}
			s, err := r.Filter()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, rule := range s.Rules {
				got = append(got, strings.TrimPrefix(strings.Join(rule.When, ", ")+": "+rule.Action, ": "))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("learnt\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestLearntAnswersTheSame: whatever was called under whatever base, the learnt
// filter gives the same answers, which Filter looks after itself, and gives no
// other call more than the base does.
func TestLearntAnswersTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	known, _ := seccomp.Members("@known")
	for _, base := range policy.Names() {
		whole, err := seccomp.Resolve(builtin(t, base).Seccomp)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			r := recording(t, base)
			for range 200 {
				r.Answer(randomCall(random, known, whole))
			}
			s, err := r.Filter()
			if err != nil {
				t.Fatalf("%s: %v", base, err)
			}
			learnt, err := seccomp.Resolve(s)
			if err != nil {
				t.Fatal(err)
			}
			for range 2000 {
				c := randomCall(random, known, whole)
				if _, refused := whole.Action(c.Name, c.Args).Errno(); refused && learnt.Action(c.Name, c.Args) == seccomp.Allow {
					t.Errorf("%s refuses %v, the learnt filter allows it", base, c)
				}
			}
		}
	}
}

// randomCall has arguments near those that the rules name.
func randomCall(random *rand.Rand, known []string, s seccomp.Spec) Call {
	name := known[random.IntN(len(known))]
	if random.IntN(2) == 0 {
		name = []string{"socket", "socketpair", "clone", "ioctl", "prctl", "prlimit64", "personality", "mknod", "unshare"}[random.IntN(9)]
	}
	if _, ok := seccomp.Number(seccomp.Native(), name); !ok {
		name = "read"
	}
	var args [6]uint64
	for i := range args {
		args[i] = uint64(random.IntN(4))
	}
	rules := s.Rules(name)
	for _, c := range rules[random.IntN(len(rules))].When {
		args[c.Arg] = c.Value + uint64(random.IntN(2))
	}
	return seccomp.NewCall(name, seccomp.Native(), args)
}

func TestAnswers(t *testing.T) {
	r := recording(t, "strict")
	for _, test := range []struct {
		rule string
		call Call
		want syscall.Errno
		ok   bool
	}{
		{"allowed", call("read"), 0, true},
		{"refused", call("clone3"), unix.ENOSYS, true},
		{"stopped by the base, so made", call("socket", unix.AF_INET, unix.SOCK_STREAM), 0, true},
		{"without a name", Call{Name: "syscall_0x3e7", NR: 999, Arch: seccomp.Native().String()}, 0, false},
		{"of another ABI", Call{Name: "getpid", NR: 20, Arch: "i386"}, 0, false},
	} {
		if got, ok := r.Answer(test.call); got != test.want || ok != test.ok {
			t.Errorf("%s: %v, %v, want %v, %v", test.rule, got, ok, test.want, test.ok)
		}
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "getpid() of i386") {
		t.Errorf("the end is explained by %v", err)
	}
}

// TestBounded: a program cannot make judge remember without end.
func TestBounded(t *testing.T) {
	r := recording(t, "default")
	ended := false
	for i := range uint64(2 * maxPoints) {
		if _, ok := r.Answer(call("ioctl", 0, i)); !ok {
			ended = true
		}
	}
	if !ended || r.Err() == nil {
		t.Errorf("%d different calls, and no end: %v", len(r.seen), r.Err())
	}
}

func TestAgainst(t *testing.T) {
	have := policy.Seccomp{Default: "kill", Allow: []string{"execve", "exit_group", "read", "write"}, Rules: []policy.Rule{
		{Calls: []string{"ioctl"}, When: []string{"arg1:32 == TCGETS"}, Action: "allow"},
		{Calls: []string{"ioctl"}, When: []string{"arg1:32 == FIONREAD"}, Action: "allow"},
	}}
	r := recording(t, "default", have)
	for _, c := range []Call{call("read"), call("ioctl", 0, unix.TCGETS), call("ioctl", 9, unix.TCSETS), call("openat"), call("openat"), call("clone3")} {
		r.Answer(c)
	}
	needs, unused, err := r.Against(have)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Need{{"clone3", "kill", "errno:ENOSYS", 1}, {"ioctl(_, TCSETS, …)", "kill", "allow", 1}, {"openat", "kill", "allow", 2}}; !slices.Equal(needs, want) {
		t.Errorf("needs %v, want %v", needs, want)
	}
	if want := []string{"ioctl where arg1:32 == FIONREAD", "write"}; !slices.Equal(unused, want) {
		t.Errorf("unused %q, want %q", unused, want)
	}
}

// TestTOML: what is written can be read, and is what was meant.
func TestTOML(t *testing.T) {
	r := recording(t, "default")
	for _, c := range []Call{call("read"), call("clone", 17), call("clone3")} {
		r.Answer(c)
	}
	p := builtin(t, "default")
	p.Name = "odd \"name\""
	text, err := r.TOML(p, []string{"a line\nand no other\x00", "\xff"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.Decode("", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	want := p
	if want.Seccomp, err = r.Filter(); err != nil {
		t.Fatal(err)
	}
	if got.TOML() != want.TOML() {
		t.Errorf("read back\n%s\nwant\n%s", got.TOML(), want.TOML())
	}
}

func TestSuggest(t *testing.T) {
	base := policy.Limits{CPUTime: 10 * time.Second, Memory: 1 << 30, Pids: 64, Output: 1 << 20}
	for _, test := range []struct {
		rule string
		base policy.Limits
		used Used
		want policy.Limits
	}{
		{"the least", base, Used{CPU: time.Millisecond, Memory: 1 << 20, Pids: 1}, policy.Limits{CPUTime: time.Second, Memory: 64 << 20, Pids: 2, Output: 1 << 20}},
		{"room", base, Used{CPU: 1500 * time.Millisecond, Memory: 100 << 20, Pids: 3, Started: 20},
			policy.Limits{CPUTime: 5 * time.Second, Memory: 256 << 20, Pids: 21, Output: 1 << 20}},
		{"no more than the base", base, Used{CPU: 9 * time.Second, Memory: 900 << 20, Pids: 60, Started: 1000}, base},
		{"one that waits", base, Used{CPU: time.Millisecond, Wall: 3 * time.Second, Memory: 1, Pids: 1},
			policy.Limits{CPUTime: time.Second, WallTime: 10 * time.Second, Memory: 64 << 20, Pids: 2, Output: 1 << 20}},
		{"a base without limits", policy.Limits{WallTime: policy.NoWallTime, MemoryPercent: 50}, Used{CPU: time.Second, Wall: time.Minute},
			policy.Limits{CPUTime: 5 * time.Second, WallTime: policy.NoWallTime, MemoryPercent: 50}},
	} {
		if got := Suggest(test.base, test.used); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.rule, got, test.want)
		}
	}
}
