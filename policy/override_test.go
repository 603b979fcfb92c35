package policy

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

// strictLocked is a locked policy with something in every list.
func strictLocked(t *testing.T) Policy {
	t.Helper()
	p, err := Decode("strict.toml", `
locked = true
[limits]
cpu_time = "5s"
memory = "256MiB"
pids = 64
cpus = 2
cpuset = "0-3,6"
idle_time = "10s"
[filesystem]
proc = "pids"
bind = [{source = "/a", target = "/a"}]
[identity]
uid = 1000
[environment]
set = {A = "1"}
pass = ["TERM"]
[network]
mode = "bridge"
bridge.groups = ["g"]
[landlock]
rootfs = "ro"
[seccomp]
default = "errno:EPERM"
allow = ["read"]
deny = ["bpf"]
`)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWith(t *testing.T) {
	p, _ := Builtin("strict")
	before, _ := Builtin("strict")
	got, err := p.With([]Override{
		{"limits.cpu_time", "2s", "--cpu-time"}, {"limits.wall_time", "unlimited", "--wall-time"}, {"limits.idle_time", "1s", "--idle-time"},
		{"limits.memory", "50%", "--memory"}, {"limits.pids", "3", "--pids"}, {"limits.cpus", "0.5", "--cpus"}, {"limits.cpuset", "auto", "--cpuset"},
		{"limits.output", "64k", "--output"}, {"limits.file_size", "1GiB", "--file-size"}, {"limits.disk", "1000000", "--disk"},
		{"limits.inodes", "100", "--inodes"}, {"limits.stack", "unlimited", "--stack"}, {"limits.open_files", "10", "--open-files"},
		{"filesystem.rootfs", "debian", "--rootfs"}, {"filesystem.box", "in", "--box"}, {"filesystem.workdir", "/tmp", "--workdir"},
		{"filesystem.bind", "/a:/x", "--bind"}, {"filesystem.bind", "b:/y:rw", "--bind"}, {"filesystem.bind", "/c:/z:ro", "--bind"},
		{"identity.hostname", "h", "--hostname"}, {"identity.uid", "0", "--uid"}, {"identity.gid", "7", "--gid"},
		{"environment", "K=V=W", "--env"}, {"environment", "TERM", "--env"}, {"environment.set", "E=", "--env"},
		{"network.mode", "bridge:b,a", "--net"}, {"network.loopback", "true", ""}, {"oom", "process", ""}, {"seccomp.deny", "fork", ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := before.clone()
	want.OOM = "process"
	want.Limits = Limits{
		CPUTime: 2 * time.Second, WallTime: NoWallTime, IdleTime: time.Second, MemoryPercent: 50, Pids: 3, CPUs: 0.5, CPUSet: "auto",
		Output: 64000, FileSize: GiB, Disk: 1000000, Inodes: 100, OpenFiles: 10,
	}
	fs := &want.Filesystem
	fs.Rootfs, fs.Box, fs.Workdir, fs.Bind = "debian", "in", "/tmp", []Bind{{"/a", "/x", true}, {"b", "/y", false}, {"/c", "/z", true}}
	want.Identity = Identity{UID: 0, GID: 7, Hostname: "h"}
	want.Environment = Environment{Set: map[string]string{"K": "V=W", "E": ""}, Pass: []string{"TERM"}}
	want.Network = Network{Mode: "bridge", Loopback: true, Bridge: Bridge{Groups: []string{"a", "b"}, Publish: "loopback"}}
	mergeSeccomp(&want.Seccomp, &Seccomp{Deny: []string{"fork"}})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(p, before) {
		t.Errorf("With changed its receiver to %+v", p)
	}
}

func TestWithDoesNotShare(t *testing.T) {
	p, err := Decode("p.toml", "[environment]\nset = {A = \"1\"}\n[filesystem]\nbind = [{source = \"/a\", target = \"/a\"}]")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.With([]Override{{"environment", "A=2", "--env"}, {"filesystem.bind", "/b:/a", "--bind"}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Environment.Set["A"] != "1" || p.Filesystem.Bind[0].Source != "/a" {
		t.Errorf("With changed its receiver to %+v", p)
	}
}

func TestWithErrors(t *testing.T) {
	tests := []struct{ key, value, flag, want string }{
		{"limits.cpu_time", "5", "--cpu-time", `--cpu-time "5": "5" has no unit (did you mean "5s"?)`},
		{"limits.cpu_time", "0s", "--cpu-time", `--cpu-time "0s": a limit of 0 would allow nothing (leave it out or write "unlimited" for none)`},
		{"limits.cpu_time", "-1s", "--cpu-time", `--cpu-time "-1s": -1s is less than the least, 1ms`},
		{"limits.memory", "256", "--memory", `--memory "256": 256 bytes is less than the least, 64KiB (did you mean "256MiB"?)`},
		{"limits.memory", "lots", "--memory", `--memory "lots": "lots": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"limits.pids", "many", "--pids", `--pids "many": want a whole number`},
		{"limits.pids", "none", "--pids", `--pids "none": "none" is no limit (write "unlimited" for none)`},
		{"limits.pids", "-1", "--pids", `--pids "-1": "-1" is no limit (write "unlimited" for none)`},
		{"limits.cpus", "NaN", "--cpus", `--cpus "NaN": NaN is no number of cores (leave it out or write "unlimited" for none)`},
		{"limits.cpus", "two", "--cpus", `--cpus "two": want a number`},
		{"limits.cpuset", "0..3", "--cpuset", `--cpuset "0..3": "0..3" is no list of cores (write "0-2,4", or "auto")`},
		{"identity.uid", "root", "--uid", `--uid "root": want a whole number`},
		{"filesystem.bind", "/a", "--bind", `--bind "/a": is no bind mount (write SRC:DST, SRC:DST:ro or SRC:DST:rw)`},
		{"filesystem.bind", "/a:/b:rx", "--bind", `--bind "/a:/b:rx": "rx" is neither ro nor rw`},
		{"filesystem.bind", "/a:b", "--bind", `--bind "/a:b": "b" is not absolute (write "/b")`},
		{"filesystem.bind", ":/b", "--bind", `--bind ":/b": the source is empty`},
		{"filesystem.workdir", "/dev", "--workdir", `--workdir "/dev": "/dev" is in /dev, where no work can be done`},
		{"environment", "=x", "--env", `--env "=x": "" is no name of an environment variable (not empty, without '=')`},
		{"environment.set", "x", "--env", `--env "x": has no value (write NAME=VALUE)`},
		{"network.mode", "bridged", "--net", `--net "bridged": "bridged" is none of "none", "bridge", "host" (did you mean "bridge"?)`},
		{"network.mode", "host", "--net", `--net "host": the policy "default" gives no run the host's network (a policy does that with allow_host = true in [network])`},
		{"network.loopback", "yes", "", `network.loopback "yes": is neither true nor false`},
		{"limits.memroy", "1GiB", "--memroy", `--memroy "1GiB": no flag can set the key "limits.memroy"`},
		{"locked", "false", "--unlock", `--unlock "false": no flag can set the key "locked"`},
	}
	p, _ := Builtin("default")
	for _, tt := range tests {
		got, err := p.With([]Override{{tt.key, tt.value, tt.flag}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s %q gives\n%v\nwant\n%s", tt.flag, tt.value, err, tt.want)
		}
		if !reflect.DeepEqual(got, Policy{}) {
			t.Errorf("%s %q gives an error and a policy", tt.flag, tt.value)
		}
		var override *OverrideError
		if !errors.As(err, &override) || override.Key != tt.key {
			t.Errorf("%s %q gives %#v", tt.flag, tt.value, err)
		}
	}
}

func TestWithJoinsErrors(t *testing.T) {
	p, _ := Builtin("default")
	_, err := p.With([]Override{{"limits.pids", "x", "--pids"}, {"limits.cpus", "y", "--cpus"}})
	if want := "--pids \"x\": want a whole number\n--cpus \"y\": want a number"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = p.With([]Override{{"filesystem.bind", "/a:/x", "--bind"}, {"filesystem.bind", "/b:/x", "--bind"}})
	if want := `--bind "/a:/x": "/x" is also the target of filesystem.bind[0]`; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestWithLocked(t *testing.T) {
	tests := []struct {
		key, value string
		allowed    bool
	}{
		{"limits.cpu_time", "5s", true}, {"limits.cpu_time", "1s", true}, {"limits.cpu_time", "6s", false}, {"limits.cpu_time", "unlimited", false},
		{"limits.wall_time", "11s", true}, {"limits.wall_time", "12s", false}, {"limits.wall_time", "unlimited", false},
		{"limits.idle_time", "1s", true}, {"limits.idle_time", "unlimited", false},
		{"limits.memory", "1MiB", true}, {"limits.memory", "257MiB", false}, {"limits.memory", "1%", false}, {"limits.memory", "unlimited", false},
		{"limits.pids", "63", true}, {"limits.pids", "65", false},
		{"limits.cpus", "1", true}, {"limits.cpus", "2.5", false},
		{"limits.cpuset", "1-2", true}, {"limits.cpuset", "6", true}, {"limits.cpuset", "3-4", false}, {"limits.cpuset", "auto", false}, {"limits.cpuset", "unlimited", false},
		{"limits.disk", "1GiB", true}, // from none
		{"filesystem.proc", "none", true}, {"filesystem.proc", "private", false},
		{"filesystem.sys", "ro", false}, {"filesystem.tmp", "false", true},
		{"filesystem.rootfs", "host", true}, {"filesystem.rootfs", "/", false},
		{"filesystem.bind", "/a:/a", true}, {"filesystem.bind", "/a:/a:rw", false}, {"filesystem.bind", "/b:/b", false},
		{"filesystem.box", "in", true}, {"filesystem.workdir", "/tmp", true},
		{"network.mode", "none", true}, {"network.mode", "bridge", true}, {"network.mode", "host", false},
		{"network.loopback", "true", false}, {"network.bridge.groups", "g", true}, {"network.bridge.groups", "h", false}, {"network.bridge.internet", "true", false},
		{"namespaces.user", "true", false}, {"namespaces.cgroup", "false", false}, {"namespaces.time", "false", true},
		{"identity.uid", "1000", true}, {"identity.uid", "0", false}, {"identity.gid", "5", false}, {"identity.hostname", "h", true},
		{"environment", "B=2", true}, {"environment", "TERM", true}, {"environment.pass", "HOME", false},
		{"landlock.enabled", "false", false}, {"landlock.enabled", "true", true}, {"landlock.rootfs", "rw", false}, {"landlock.rootfs", "ro", true},
		{"seccomp.default", "kill", true}, {"seccomp.default", "errno:ENOSYS", true}, {"seccomp.default", "log", false}, {"seccomp.default", "allow", false},
		{"seccomp.allow", "read", true}, {"seccomp.allow", "write", false}, {"seccomp.allow", "bpf", false},
		{"seccomp.deny", "read", true}, {"seccomp.deny", "fork", true},
		{"oom", "run", true}, {"oom", "process", false}, {"enforce", "all", true}, {"enforce", "available", true},
	}
	for _, tt := range tests {
		p := strictLocked(t)
		_, err := p.With([]Override{{tt.key, tt.value, "--flag"}})
		var locked *LockedError
		switch {
		case tt.allowed && err != nil:
			t.Errorf("%s = %s is refused: %v", tt.key, tt.value, err)
		case !tt.allowed && (!errors.As(err, &locked) || locked.Key != tt.key || locked.Flag != "--flag"):
			t.Errorf("%s = %s gives %v, want a LockedError", tt.key, tt.value, err)
		}
		p.Locked = false
		if _, err := p.With([]Override{{tt.key, tt.value, "--flag"}}); errors.As(err, &locked) && tt.allowed {
			t.Errorf("%s = %s is refused though nothing is locked: %v", tt.key, tt.value, err)
		}
	}
}

func TestLockedErrorText(t *testing.T) {
	p := strictLocked(t)
	_, err := p.With([]Override{{"limits.memory", "1GiB", "--memory"}, {"limits.pids", "unlimited", "--pids"}, {"filesystem.bind", "/b:/b:rw", "--bind"}})
	want := `--memory "1GiB": policy "strict" is locked and has limits.memory = "256MiB", which may only be tightened
--pids "unlimited": policy "strict" is locked and has limits.pids = 64, which may only be tightened
--bind "/b:/b:rw": policy "strict" is locked and has filesystem.bind = [{source = "/a", target = "/a", readonly = true}], which may only be tightened`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestLockedRules(t *testing.T) {
	base := []Rule{{Calls: []string{"socket"}, Action: "allow"}}
	kill := Rule{Calls: []string{"fork"}, Action: "kill"}
	tests := []struct {
		name string
		now  []Rule
		more bool
	}{
		{"the same", base, false},
		{"one that kills before them", append([]Rule{kill}, base...), false},
		{"one that fails before them", append([]Rule{{Calls: []string{"fork"}, Action: "errno:EPERM"}}, base...), true},
		{"one lost", nil, true},
		{"one after them", append(base[:1:1], kill), true},
	}
	for _, tt := range tests {
		if got := moreRules(base, tt.now); got != tt.more {
			t.Errorf("%s: loosens is %v", tt.name, got)
		}
	}
}

// TestEveryKeyHasALockRule holds that a key which grants something cannot be
// left out of the locks by forgetting it: the free ones are listed here.
func TestEveryKeyHasALockRule(t *testing.T) {
	free := map[string]bool{
		"name": true, "filesystem.workdir": true, "filesystem.box": true, "identity.hostname": true, "environment.set": true,
	}
	for i := range keys {
		if k := &keys[i]; (k.lock == lockFree) != free[k.path()] {
			t.Errorf("%s has lock rule %d", k.path(), k.lock)
		}
	}
}
