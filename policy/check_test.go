package policy

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestCheckAccepts(t *testing.T) {
	tests := []struct {
		name string
		p    Policy
	}{
		{"the zero policy", Policy{}},
		{"everything set", full(t)},
		{"no wall limit", Policy{Limits: Limits{WallTime: NoWallTime}}},
		{"stack above memory", Policy{Limits: Limits{Memory: MiB, Stack: GiB}}},
	}
	for _, tt := range tests {
		if err := tt.p.Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	tests := []struct {
		name string
		with func(*Policy)
		want string
	}{
		{"oom", func(p *Policy) { p.OOM = "all" }, `oom: "all" is none of "run", "process"`},
		{"control character", func(p *Policy) { p.Name = "a\nb" }, `name: "a\nb" holds a control character`},
		{"negative time", func(p *Policy) { p.Limits.CPUTime = -time.Second }, `limits.cpu_time: -1s is less than the least, 1ms`},
		{"negative pids", func(p *Policy) { p.Limits.Pids = -1 }, `limits.pids: -1 is less than the least, 1`},
		{"negative memory", func(p *Policy) { p.Limits.Memory = -MiB }, `limits.memory: -1048576 is less than the least, 64KiB`},
		{"memory twice", func(p *Policy) { p.Limits.Memory, p.Limits.MemoryPercent = GiB, 50 }, `limits.memory: is both a size, 1GiB, and a share, 50%`},
		{"share", func(p *Policy) { p.Limits.MemoryPercent = 101 }, `limits.memory: 101% is no share of the host's memory`},
		{"nan", func(p *Policy) { p.Limits.CPUs = math.NaN() }, `limits.cpus: NaN is less than the least, 0.011`},
		{"cores", func(p *Policy) { p.Limits.CPUSet = "0,9000" }, `limits.cpuset: core 9000 is more than the most, 8191`},
		{"workdir", func(p *Policy) { p.Filesystem.Workdir = "/box/../etc" }, `filesystem.workdir: "/box/../etc" is not in its shortest form (write "/etc")`},
		{"zero byte", func(p *Policy) { p.Filesystem.Box = "a\x00" }, `filesystem.box: "a\x00" holds a zero byte`},
		{"root as a target", func(p *Policy) { p.Filesystem.Bind = []Bind{{"/a", "/", true}} }, `filesystem.bind[0].target: "/" would hide the whole root file system (name another one as filesystem.rootfs)`},
		{"target in /sys", func(p *Policy) { p.Filesystem.Bind = []Bind{{"/a", "/b", true}, {"/a", "/sys/x", true}} }, `filesystem.bind[1].target: "/sys/x" belongs to the sandbox itself`},
		{"long host name", func(p *Policy) { p.Identity.Hostname = strings.Repeat("a.", 32) + "a" }, `identity.hostname: "` + strings.Repeat("a.", 32) + `a" is 65 bytes long, more than the most, 64`},
		{"uid", func(p *Policy) { p.Identity.UID = 1 << 32 }, `identity.uid: 4294967296 is more than the most, 4294967294`},
		{"environment", func(p *Policy) { p.Environment.Set = map[string]string{"A": "\x00"} }, `environment.set.A: "\x00" holds a zero byte`},
		{"interface", func(p *Policy) { p.Network.Bridge.Name = "a/b" }, `network.bridge.name: "a/b" is no name of a network interface (without slash, colon or space)`},
		{"rule", func(p *Policy) {
			p.Seccomp.Rules = []Rule{{Calls: []string{"a"}, When: []string{"arg0 = 1"}, Action: "kill"}}
		}, `seccomp.rules[0].when[0]: "=" is no comparison, in "arg0 = 1" (==, !=, <, <=, > or >=)`},
		{"two at once", func(p *Policy) { p.OOM, p.Filesystem.Sys = "x", "rw" }, "oom: \"x\" is none of \"run\", \"process\"\nfilesystem.sys: \"rw\" is none of \"none\", \"ro\""},
	}
	for _, tt := range tests {
		p := unset()
		tt.with(&p)
		err := p.Check()
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got\n%v\nwant\n%s", tt.name, err, tt.want)
		}
		var all FileErrors
		if !errors.As(err, &all) || all[0].Key == "" {
			t.Errorf("%s: the error is %#v", tt.name, err)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, s := range []string{"arg0 == 2", "arg5 != 0x10", "arg0:32 >= AF_UNIX", "arg1 & 0xf == 0", "arg1 & CLONE_NEWUSER|CLONE_NEWNS == 0", "arg2  <=  07", "arg0==1", "arg0&1!=0", "arg0:64 == -1", "arg0 & A | B == A"} {
		if pr := checkCondition(s); pr != nil {
			t.Errorf("%q is refused: %v", s, pr)
		}
	}
	for _, s := range []string{"", "arg0", "arg0 ==", "arg == 1", "arg6 == 1", "arg00 == 1", "arg0:16 == 1", "arg0 = 1", "arg0 === 1", "arg0 =! 1", "== 1", "arg0 == -", "arg0 == af_unix", "arg0 | 1 == 1", "arg0 & x == 1", "arg0 == 1 2", "arg0 == A|"} {
		if checkCondition(s) == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestActions(t *testing.T) {
	for _, s := range []string{"allow", "kill", "log", "errno:EPERM", "errno:ENOSYS", "errno:EHWPOISON", "errno:EWOULDBLOCK"} {
		if pr := checkAction(s); pr != nil {
			t.Errorf("%q is refused: %v", s, pr)
		}
	}
	for _, s := range []string{"", "Kill", "errno", "errno:", "errno:1", "errno:EPERM ENOENT", "errno:eperm", "errno: EPERM"} {
		if checkAction(s) == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestNearest(t *testing.T) {
	tests := []struct{ word, want string }{
		{"cputime", "cpu_time"}, {"CPU-Time", "cpu_time"}, {"memroy", "memory"}, {"memry", "memory"}, {"mem", "memory"},
		{"memory_limit", "memory"}, {"xyz", ""}, {"", ""}, {"pid", "pids"},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, []string{"cpu_time", "memory", "pids"}); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
