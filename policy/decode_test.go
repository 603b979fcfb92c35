package policy

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// decodeErr gives the error of a text, as a user would see it.
func decodeErr(text string) string {
	_, err := Decode("p.toml", text)
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"misspelt key at the top", "\n\nlokced = true", `p.toml:3:1: unknown key "lokced" (did you mean "locked"?)`},
		{"misspelt key in a table", "[limits]\ncputime = \"1s\"", `p.toml:2:1: unknown key "cputime" in [limits] (did you mean "cpu_time"?)`},
		{"hyphen for underscore", "[limits]\n  cpu-time = \"1s\"", `p.toml:2:3: unknown key "cpu-time" in [limits] (did you mean "cpu_time"?)`},
		{"upper case", "[limits]\nMemory = \"1GiB\"", `p.toml:2:1: unknown key "Memory" in [limits] (did you mean "memory"?)`},
		{"beginning of a key", "[limits]\nmem = \"1GiB\"", `p.toml:2:1: unknown key "mem" in [limits] (did you mean "memory"?)`},
		{"right key at the top", "cpu_time = \"1s\"", `p.toml:1:1: unknown key "cpu_time" ("cpu_time" belongs under [limits])`},
		{"right key in the wrong table", "[network]\nhostname = \"a\"", `p.toml:2:1: unknown key "hostname" in [network] ("hostname" belongs under [identity])`},
		{"top-level key in a table", "[limits]\nlocked = true", `p.toml:2:1: unknown key "locked" in [limits] ("locked" belongs at the top, before the first table)`},
		{"misspelt table", "[limts]\ncpu_time = \"1s\"", `p.toml:1:2: unknown key "limts" (did you mean "limits"?)`},
		{"nothing like it", "zzz = 1", `p.toml:1:1: unknown key "zzz"`},
		{"dotted key", "limits.cputime = \"1s\"", `p.toml:1:8: unknown key "cputime" in [limits] (did you mean "cpu_time"?)`},
		{"quoted key", "\"limits\".\"cpu time\" = \"1s\"", `p.toml:1:10: unknown key "cpu time" in [limits] (did you mean "cpu_time"?)`},
		{"dot in a quoted key", "\"limits.cpu_time\" = \"1s\"", `p.toml:1:1: unknown key "limits.cpu_time" (write it without quotes)`},
		{"inline table", "limits = {pids = 3, cputime = \"1s\"}", `p.toml:1:21: unknown key "cputime" in [limits] (did you mean "cpu_time"?)`},
		{"after a multi-line string", "name = \"\"\"\nx\n\"\"\"\"\nlokced = true", "p.toml:1:8: name: \"x\\n\\\"\" holds a control character\np.toml:4:1: unknown key \"lokced\" (did you mean \"locked\"?)"},
		{"characters before it", "environment = {set = {\"ä\" = \"ö\"}, sets = 1}", `p.toml:1:35: unknown key "sets" in [environment] (did you mean "set"?)`},
		{"byte order mark", "\xef\xbb\xbflokced = true", `p.toml:1:1: unknown key "lokced" (did you mean "locked"?)`},

		{"syntax", "[limits]\nmemory = \n", `p.toml:2:10: not valid TOML: expected value but found '\n' instead`},
		{"duration without quotes", "[limits]\ncpu_time = 1s # x\n", `p.toml:2:13: not valid TOML: expected a top-level item to end with a newline, comment, or EOF, but got 's' instead (put it in quotes: "1s")`},
		{"name without quotes", "extends = strict", `p.toml:1:11: not valid TOML: expected value but found "strict" instead (put it in quotes: "strict")`},
		{"value twice", "locked = true\nname = \"a\"\nlocked = true", `p.toml:3:1: not valid TOML: Key 'locked' has already been defined`},
		{"key twice", "name = \"a\"\nname = \"b\"", `p.toml:2:1: not valid TOML: Key 'name' has already been defined`},

		{"number for a duration", "[limits]\ncpu_time = 5", `p.toml:2:12: limits.cpu_time: want a duration such as "1.5s", found the whole number 5 (did you mean "5s"?)`},
		{"fraction for a duration", "[limits]\ncpu_time = 1.5", `p.toml:2:12: limits.cpu_time: want a duration such as "1.5s", found the number 1.5 (did you mean "1.5s"?)`},
		{"duration without a unit", "[limits]\ncpu_time = \"5\"", `p.toml:2:12: limits.cpu_time: "5" has no unit (did you mean "5s"?)`},
		{"no duration", "[limits]\ncpu_time = \"soon\"", `p.toml:2:12: limits.cpu_time: "soon" is not a duration (write a number with a unit: "1.5s", "250ms", "2m")`},
		{"zero", "[limits]\ncpu_time = \"0s\"\npids = 0\nmemory = 0\ndisk = \"0MiB\"\ncpus = 0.0\nidle_time = 0", `p.toml:2:12: limits.cpu_time: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)
p.toml:3:8: limits.pids: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)
p.toml:4:10: limits.memory: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)
p.toml:5:8: limits.disk: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)
p.toml:6:8: limits.cpus: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)
p.toml:7:13: limits.idle_time: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)`},
		{"other words for unlimited", "[limits]\ncpu_time = \"none\"\npids = \"infinity\"", `p.toml:2:12: limits.cpu_time: "none" is no limit (write "unlimited" for none)
p.toml:3:8: limits.pids: "infinity" is no limit (write "unlimited" for none)`},
		{"too little", "[limits]\ncpu_time = \"1ns\"\nmemory = \"1kB\"\npids = -1\ncpus = 0.01\nopen_files = 1", `p.toml:2:12: limits.cpu_time: 1ns is less than the least, 1ms
p.toml:3:10: limits.memory: 1kB is less than the least, 64KiB
p.toml:4:8: limits.pids: -1 is less than the least, 1
p.toml:5:8: limits.cpus: 0.01 is less than the least, 0.011
p.toml:6:14: limits.open_files: 1 is less than the least, 4`},
		{"too much", "[limits]\nwall_time = \"90000h\"\nmemory = \"2EiB\"\npids = 99999999\ncpus = 10000", `p.toml:2:13: limits.wall_time: 90000h is more than the most, 87600h
p.toml:3:10: limits.memory: 2EiB is more than the most, 1EiB
p.toml:4:8: limits.pids: 99999999 is more than the most, 4194304
p.toml:5:8: limits.cpus: 10000 is more than the most, 8192`},
		{"no number of cores", "[limits]\ncpus = nan", `p.toml:2:8: limits.cpus: NaN is no number of cores (leave it out or write "unlimited" for none)`},
		{"unit forgotten", "[limits]\nmemory = 256", `p.toml:2:10: limits.memory: 256 bytes is less than the least, 64KiB (did you mean "256MiB"?)`},
		{"unit forgotten, in quotes", "[limits]\nmemory = \"256\"", `p.toml:2:10: limits.memory: 256 bytes is less than the least, 64KiB (did you mean "256MiB"?)`},
		{"bad unit", "[limits]\nmemory = \"256Mib/s\"", `p.toml:2:10: limits.memory: "256Mib/s": unknown unit "Mib/s" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"bad share", "[limits]\nmemory = \"150%\"", `p.toml:2:10: limits.memory: "150%" is no share of the host's memory (write "1%" to "100%")`},
		{"string for a number", "[limits]\npids = \"64\"", `p.toml:2:8: limits.pids: want a whole number, found the string "64" (write 64 without quotes)`},
		{"string for a bool", "locked = \"true\"", `p.toml:1:10: locked: want true or false, found the string "true" (write true without quotes)`},
		{"number for a string", "[limits]\ncpuset = 0", `p.toml:2:10: limits.cpuset: want a string, found the whole number 0 (did you mean "0"?)`},
		{"date", "name = 2020-01-01", `p.toml:1:8: name: want a string, found a date`},
		{"scalar for a table", "limits = 5", `p.toml:1:10: limits: want a table, found the whole number 5 (write [limits])`},
		{"list for a table", "[[limits]]\npids = 5", `p.toml:1:3: limits: want a table, found a list of tables (write [limits])`},
		{"table for a scalar", "[limits.memory]\nmax = 5", `p.toml:1:9: limits.memory: want a size such as "256MiB" or a share such as "50%", found a table`},
		{"choice", "[filesystem]\nproc = \"pid\"", `p.toml:2:8: filesystem.proc: "pid" is none of "none", "pids", "private" (did you mean "pids"?)`},

		{"string for a list", "[seccomp]\nallow = \"read\"", `p.toml:2:9: seccomp.allow: want a list of strings, found the string "read" (write ["read"])`},
		{"element of a list", "[seccomp]\ndefault = \"kill\"\nallow = [\n  \"read\", # why\n  \"Write\",\n  3,\n]", `p.toml:5:3: seccomp.allow[1]: "Write" is no name of a system call or @group (small letters, digits and _)
p.toml:6:3: seccomp.allow[2]: want a string, found the whole number 3`},
		{"allowed and denied", "[seccomp]\ndefault = \"kill\"\ndeny = [\"read\"]\nallow = [\"open\", \"read\"]", `p.toml:4:18: seccomp.allow[1]: "read" is also in seccomp.deny (take it out of one of them)`},
		{"action", "[seccomp]\ndefault = \"EPERM\"", `p.toml:2:11: seccomp.default: "EPERM" is no action (did you mean "errno:EPERM"?)`},
		{"errno", "[seccomp]\ndefault = \"errno:EPREM\"", `p.toml:2:11: seccomp.default: "EPREM" is no error of Linux (did you mean "errno:EPERM"?)`},
		{"rules", "[[seccomp.rules]]\ncalls = [\"socket\"]\nwhen = [\"arg6 == 1\"]\naction = \"allow\"\n\n[[seccomp.rules]]\naction = \"deny\"\ncall = 1", `p.toml:3:9: seccomp.rules[0].when[0]: "arg6" is no argument of a system call, in "arg6 == 1" (arg0 to arg5, or arg0:32 for the low 32 bits)
p.toml:8:1: unknown key "call" in seccomp.rules[1] (did you mean "calls"?)`},
		{"rule without calls", "[[seccomp.rules]]\naction = \"deny\"", `p.toml:1:11: seccomp.rules[0]: calls is missing
p.toml:2:10: seccomp.rules[0].action: "deny" is no action (write "allow", "kill", "log" or "errno:NAME")`},

		{"bind, inline", "[filesystem]\nbind = [\n  {source = \"/a\", target = \"a\"},\n  {source = \"/b\", target = \"/b/\", read_only = true},\n  {source = \"/c\"},\n]", `p.toml:3:28: filesystem.bind[0].target: "a" is not absolute (write "/a")
p.toml:4:35: unknown key "read_only" in filesystem.bind[1] (did you mean "readonly"?)
p.toml:5:3: filesystem.bind[2]: target is missing`},
		{"bind, tables", "[[filesystem.bind]]\nsource = \"/a\"\ntarget = \"/a\"\n\n[[filesystem.bind]]\nsource = \"/b\"\ntarget = \"/proc/1\"\n[[filesystem.bind]]\nsource = \"/b\"\ntarget = \"/a\"", `p.toml:7:10: filesystem.bind[1].target: "/proc/1" belongs to the sandbox itself
p.toml:10:10: filesystem.bind[2].target: "/a" is also the target of filesystem.bind[0]`},
		{"bind, one table", "[filesystem.bind]\nsource = \"/a\"\ntarget = \"/a\"", `p.toml:1:13: filesystem.bind: want a list of tables, found a table (write [[filesystem.bind]], or bind = [{…}])`},
		{"environment", "[environment]\nset = {\"A=B\" = \"c\", N = 3}\npass = [\"\"]", `p.toml:2:8: environment.set."A=B": "A=B" is no name of an environment variable (not empty, without '=')
p.toml:2:25: environment.set.N: want a string, found the whole number 3
p.toml:3:9: environment.pass[0]: "" is no name of an environment variable (not empty, without '=')`},

		{"host name", "[identity]\nhostname = \"a_b\"", `p.toml:2:12: identity.hostname: "a_b" is no host name (letters, digits and inner hyphens, in parts of 1 to 63 with dots between)`},
		{"uid", "[identity]\nuid = -2\ngid = 4294967295", `p.toml:2:7: identity.uid: -2 is less than the least, -1
p.toml:3:7: identity.gid: 4294967295 is more than the most, 4294967294`},
		{"bridge", "[network]\nmode = \"bridge\"\n[network.bridge]\nname = \"a-name-too-long-for-linux\"\nsubnet = \"10.0.0.1/24\"\ngateway = \"10.0.0\"\ngroups = [\"a b\"]", `p.toml:4:8: network.bridge.name: "a-name-too-long-for-linux" is 25 bytes long, more than the most, 15
p.toml:5:10: network.bridge.subnet: "10.0.0.1/24" has host bits set (write "10.0.0.0/24")
p.toml:6:11: network.bridge.gateway: "10.0.0" is no IP address (write "10.90.0.1")
p.toml:7:11: network.bridge.groups[0]: "a b" is no name of a group (up to 28 letters, digits, - and _)`},
		{"no IPv4", "network.bridge = {subnet = \"fd00::/64\", gateway = \"fd00::1\"}", `p.toml:1:28: network.bridge.subnet: "fd00::/64" is not IPv4 (runs have no IPv6)
p.toml:1:51: network.bridge.gateway: "fd00::1" is not IPv4 (runs have no IPv6)`},
		{"small subnet", "network.bridge.subnet = \"10.0.0.0/30\"", `p.toml:1:25: network.bridge.subnet: "10.0.0.0/30" has a mask of 30 bits (from 8 to 29: the bridge, the gateway and some runs must fit in)`},
		{"gateway that is the subnet", "network.bridge = {subnet = \"10.0.0.0/24\", gateway = \"10.0.0.255\"}", `p.toml:1:53: network.bridge.gateway: 10.0.0.255 is an address of the subnet itself, 10.0.0.0/24`},
		{"egress", "network.bridge.allow = [\"example.org:443/tcp\", \"10.0.0.5:443\", \"10.0.0.5/8\", \"10.0.0.5:0/tcp\", \"[::1]:80/tcp\", \"10.0.0.5:9-8/udp\", \"10.0.0.5:9/sctp\"]",
			`p.toml:1:25: network.bridge.allow[0]: "example.org:443/tcp" is no destination (write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5"; names are not looked up)
p.toml:1:48: network.bridge.allow[1]: "10.0.0.5:443" has a port of no protocol (write "10.0.0.5:443/tcp" or "10.0.0.5:443/udp")
p.toml:1:64: network.bridge.allow[2]: "10.0.0.5/8" has host bits set (write "10.0.0.0/8")
p.toml:1:78: network.bridge.allow[3]: "10.0.0.5:0/tcp" has no port from 1 to 65535 (write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5")
p.toml:1:96: network.bridge.allow[4]: "[::1]:80/tcp" is not IPv4 (runs have no IPv6; write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5")
p.toml:1:112: network.bridge.allow[5]: "10.0.0.5:9-8/udp" has no port from 1 to 65535 (write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5")
p.toml:1:132: network.bridge.allow[6]: "10.0.0.5:9/sctp" is no destination (write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5")`},
		{"gateway elsewhere", "network.bridge = {subnet = \"10.0.0.0/24\", gateway = \"10.1.0.1\"}", `p.toml:1:53: network.bridge.gateway: 10.1.0.1 is not in the subnet, 10.0.0.0/24`},
		{"cores", "[limits]\ncpuset = \"3-1\"", `p.toml:2:10: limits.cpuset: the range "3-1" runs backwards (write "1-3")`},
		{"extends of a wrong type", "extends = [\"strict\"]", `p.toml:1:11: extends: want the name or path of a policy, found a list`},
		{"extends and another mistake", "extends = \"defualt\"\n[limits]\npids = 0", `p.toml:1:11: extends: open defualt: no such file or directory (did you mean the built-in "default"?)
p.toml:3:8: limits.pids: a limit of 0 would allow nothing (leave it out or write "unlimited" for none)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeErr(tt.text); got != tt.want {
				t.Errorf("%s\ngives\n%s\nwant\n%s", tt.text, got, tt.want)
			}
		})
	}
}

func TestDecodeErrorFields(t *testing.T) {
	_, err := Decode("p.toml", "[limits]\nmemory = 256\ncputime = 1")
	var all FileErrors
	if !errors.As(err, &all) || len(all) != 2 {
		t.Fatalf("the error is %#v", err)
	}
	want := FileError{File: "p.toml", Line: 2, Column: 10, Key: "limits.memory", Msg: "limits.memory: 256 bytes is less than the least, 64KiB", Hint: `did you mean "256MiB"?`}
	if *all[0] != want {
		t.Errorf("first is %+v, want %+v", *all[0], want)
	}
	if all[1].Key != "limits.cputime" || all[1].Line != 3 || all[1].Hint == "" {
		t.Errorf("second is %+v", *all[1])
	}
}

func TestDecodeEverything(t *testing.T) {
	text := `
name = "all"
locked = true
oom = "process"
enforce = "all"
[limits]
cpu_time = "1.5s"
wall_time = "unlimited"
idle_time = "250ms"
memory = 268435456
pids = 7
cpus = 2
cpuset = "0-2,4"
output = "64k"
file_size = "1.5MiB"
disk = "1GB"
inodes = 100
stack = "unlimited"
open_files = 20
[filesystem]
rootfs = "debian"
workdir = "/"
box = "/srv/box"
proc = "none"
sys = "ro"
dev = "minimal"
tmp = false
shm = false
bind = [{source = "/a", target = "/x"}, {source = "/b", target = "/y", readonly = false}]
[network]
mode = "bridge"
loopback = true
bridge.name = "jbr0"
bridge.subnet = "10.1.0.0/16"
bridge.gateway = "10.1.0.1"
allow_host = true
bridge.internet = true
bridge.allow = ["10.2.0.0/16", "10.0.0.5:443/tcp"]
bridge.host_access = true
bridge.rate = "2MiB"
bridge.publish = "any"
bridge.groups = ["b", "a", "b"]
[namespaces]
user = true
cgroup = false
time = true
[identity]
uid = 0
gid = 1000
hostname = "box-1.example"
[environment]
set = {A = "1", "B C" = ""}
pass = ["TERM", "A"]
[landlock]
enabled = false
rootfs = "ro"
[seccomp]
default = "errno:ENOSYS"
allow = ["read", "@io", "read"]
deny = ["ptrace"]
[[seccomp.rules]]
calls = ["socket"]
when = ["arg0:32 == AF_UNIX", "arg1 & 0xf != SOCK_RAW|SOCK_NONBLOCK"]
action = "log"
`
	want := Policy{
		Name: "all", Locked: true, OOM: "process", Enforce: "all",
		Limits: Limits{
			CPUTime: 1500 * time.Millisecond, WallTime: NoWallTime, IdleTime: 250 * time.Millisecond, Memory: 256 * MiB,
			Pids: 7, CPUs: 2, CPUSet: "0-2,4", Output: 64000, FileSize: 1536 * KiB, Disk: 1e9, Inodes: 100, OpenFiles: 20,
		},
		Filesystem: Filesystem{
			Rootfs: "debian", Workdir: "/", Box: "/srv/box", Proc: "none", Sys: "ro", Dev: "minimal",
			Bind: []Bind{{"/a", "/x", true}, {"/b", "/y", false}},
		},
		Network: Network{Mode: "bridge", Loopback: true, AllowHost: true, Bridge: Bridge{
			Name: "jbr0", Subnet: "10.1.0.0/16", Gateway: "10.1.0.1", Internet: true, Allow: []string{"10.0.0.5:443/tcp", "10.2.0.0/16"}, HostAccess: true,
			Groups: []string{"a", "b"}, Rate: 2 * MiB, Publish: "any",
		}},
		Namespaces:  Namespaces{User: true, Time: true},
		Identity:    Identity{UID: 0, GID: 1000, Hostname: "box-1.example"},
		Environment: Environment{Set: map[string]string{"A": "1", "B C": ""}, Pass: []string{"TERM"}},
		Landlock:    Landlock{Rootfs: "ro"},
		Seccomp: Seccomp{
			Default: "errno:ENOSYS", Allow: []string{"@io", "read"}, Deny: []string{"ptrace"},
			Rules: []Rule{{Calls: []string{"socket"}, When: []string{"arg0:32 == AF_UNIX", "arg1 & 0xf != SOCK_RAW|SOCK_NONBLOCK"}, Action: "log"}},
		},
	}
	got, err := Decode("p.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
}

func TestDecodeNothing(t *testing.T) {
	got, err := Decode("dir/mine.toml", "")
	want := unset()
	want.Name = "mine"
	want.Seccomp = defaultPolicy.clone().Seccomp
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestDecodeFilter(t *testing.T) {
	inherited := defaultPolicy.clone().Seccomp
	added := defaultPolicy.clone().Seccomp
	mergeSeccomp(&added, &Seccomp{Deny: []string{"getpid"}})
	tests := []struct {
		name, text string
		want       Seccomp
	}{
		{"no word about it", "", inherited},
		{"lists without a default add to the filter of default", "deny = [\"getpid\"]", added},
		{"a default starts anew", "default = \"log\"\nallow = [\"read\"]", Seccomp{Default: "log", Allow: []string{"read"}}},
		{"none at all", "default = \"allow\"", Seccomp{Default: "allow"}},
	}
	for _, tt := range tests {
		p, err := Decode("p.toml", "[seccomp]\n"+tt.text)
		if err != nil || !reflect.DeepEqual(p.Seccomp, tt.want) {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, p.Seccomp, err, tt.want)
		}
	}
	if reflect.DeepEqual(added, inherited) {
		t.Error("denying getpid changes nothing")
	}
}

func TestDecodeTooLong(t *testing.T) {
	want := "p.toml: a policy of 262146 bytes is longer than the most, 256KiB"
	if got := decodeErr(strings.Repeat("#", maxFile+2)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDecodeRelativePaths(t *testing.T) {
	p, err := Decode("dir/p.toml", "[filesystem]\nrootfs = \"./root\"\nbox = \"b\"\nbind = [{source = \"../c\", target = \"/c\"}, {source = \"/d\", target = \"/d\"}]")
	if err != nil {
		t.Fatal(err)
	}
	fs := p.Filesystem
	if fs.Rootfs != "dir/root" || fs.Box != "dir/b" || fs.Bind[0].Source != "c" || fs.Bind[1].Source != "/d" {
		t.Errorf("got %+v", fs)
	}
}

func TestWall(t *testing.T) {
	tests := []struct {
		name, limits string
		want         time.Duration
	}{
		{"neither", "", 0},
		{"derived", `cpu_time = "5s"`, 11 * time.Second},
		{"set", "cpu_time = \"5s\"\nwall_time = \"2s\"", 2 * time.Second},
		{"none at all", "cpu_time = \"5s\"\nwall_time = \"unlimited\"", 0},
		{"no cpu limit", `cpu_time = "unlimited"`, 0},
	}
	for _, tt := range tests {
		p, err := Decode("p.toml", "[limits]\n"+tt.limits)
		if err != nil || p.Wall() != tt.want {
			t.Errorf("%s: Wall() = %v, %v, want %v", tt.name, p.Wall(), err, tt.want)
		}
	}
}

// everyPath walks a tree that TOML made and names every key and element in it.
func everyPath(path string, v any, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, v := range v {
			sub := joinPath(path, name)
			visit(sub)
			everyPath(sub, v, visit)
		}
	case []any:
		for i, v := range v {
			sub := fmt.Sprintf("%s[%d]", path, i)
			visit(sub)
			everyPath(sub, v, visit)
		}
	case []map[string]any:
		for i, v := range v {
			sub := fmt.Sprintf("%s[%d]", path, i)
			visit(sub)
			everyPath(sub, v, visit)
		}
	}
}

func TestPlacesFindEveryKey(t *testing.T) {
	texts := []string{
		"a = 1\nb.c = 2\n[d]\ne = [1, [2, 3], {f = 4, g.h = [5]}] # [x]\n[d.i.\"j k\"]\nl = '''\n[no]\nm = 1'''\n",
		"[[a]]\nb = 1\n[[a.c]]\nd = 1\n[[a.c]]\nd = 2\n[a.e]\nf = 1\n[[a]]\n[[a.c]]\nd = \"\"\"x\"\"\"\"\"\ng = '#'\n",
		"'a.b' = {\"c\\\"d\" = \"e\\\"}\", \"\\u00e9\" = 1}\n\"\" = 1979-05-27 07:32:00Z\n",
		"a = [\n  1, # one, [2]\n  \"]\", '\"',\n]\r\nb = +inf\r\n",
	}
	for _, text := range texts {
		var tree map[string]any
		if _, err := toml.Decode(text, &tree); err != nil {
			t.Fatal(err)
		}
		at := places(text)
		everyPath("", tree, func(path string) {
			if _, ok := at[path]; !ok {
				t.Errorf("no place for %s in\n%s", path, text)
			}
		})
	}
}
