package oci

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/policy"
)

// base is what runc spec writes.
func base(t *testing.T) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "runc-spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec specs.Spec
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	return &spec
}

func translate(t *testing.T, spec any) (Run, error) {
	t.Helper()
	data, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return Translate(data, "/bundle")
}

func has(notes []Note, path string) bool {
	return slices.ContainsFunc(notes, func(n Note) bool { return strings.HasPrefix(n.String(), path) })
}

func ptr[T any](v T) *T { return &v }

// TestSpecs: what runc spec and crun spec write can be run.
func TestSpecs(t *testing.T) {
	for _, name := range []string{"runc", "crun"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+"-spec.json"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Translate(data, "/bundle")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := r.Policy
		if !slices.Equal(r.Args, []string{"sh"}) || !r.Terminal || p.Filesystem.Rootfs != "/bundle/rootfs" || p.Filesystem.Workdir != "/" || p.Filesystem.Proc != "private" ||
			p.Filesystem.Sys != "ro" || p.Filesystem.Tmp || !p.Filesystem.Shm || p.Landlock.Rootfs != "ro" || p.Identity.UID != 0 || p.Environment.Set["TERM"] != "xterm" ||
			p.Limits.OpenFiles != 1024 || p.Limits.CPUTime != 0 || p.Wall() != 0 || p.Network.Mode != "none" {
			t.Errorf("%s: %+v\n%s", name, r, p.TOML())
		}
		if again, err := policy.Decode("p", p.TOML()); err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%s: as a file it is another: %v\n%s", name, err, p.TOML())
		}
	}
}

func TestTranslate(t *testing.T) {
	type test struct {
		change func(*specs.Spec)
		err    string // path of an error; "" for none
		note   string
		want   func(Run) bool
	}
	limits := func(f func(policy.Limits) bool) func(Run) bool { return func(r Run) bool { return f(r.Policy.Limits) } }
	for name, tt := range map[string]test{
		"version 2":      {change: func(s *specs.Spec) { s.Version = "2.0.0" }, err: "ociVersion"},
		"no version":     {change: func(s *specs.Spec) { s.Version = "" }, err: "ociVersion"},
		"no process":     {change: func(s *specs.Spec) { s.Process = nil }, err: "process.args"},
		"no program":     {change: func(s *specs.Spec) { s.Process.Args = nil }, err: "process.args"},
		"an empty one":   {change: func(s *specs.Spec) { s.Process.Args = []string{""} }, err: "process.args"},
		"a relative one": {change: func(s *specs.Spec) { s.Process.Args, s.Process.Cwd = []string{"./x", "-y"}, "/srv" }, want: func(r Run) bool { return slices.Equal(r.Args, []string{"/srv/x", "-y"}) }},
		"no cwd":         {change: func(s *specs.Spec) { s.Process.Cwd = "" }, err: "process.cwd"},
		"cwd":            {change: func(s *specs.Spec) { s.Process.Cwd = "/srv//x/" }, want: func(r Run) bool { return r.Policy.Filesystem.Workdir == "/srv/x" }},
		"env":            {change: func(s *specs.Spec) { s.Process.Env = []string{"A=b=c", "A=d"} }, note: "process.env", want: func(r Run) bool { return len(r.Policy.Environment.Set) == 1 && r.Policy.Environment.Set["A"] == "d" }},
		"bad env":        {change: func(s *specs.Spec) { s.Process.Env = []string{"A"} }, err: "process.env"},
		"user": {change: func(s *specs.Spec) { s.Process.User = specs.User{UID: 1000, GID: 7} }, want: func(r Run) bool {
			return r.Policy.Identity.UID == 1000 && r.Policy.Identity.GID == 7 && !has(r.Notes, "process.user")
		}},
		"groups":         {change: func(s *specs.Spec) { s.Process.User.AdditionalGids = []uint32{5} }, note: "process.user.additionalGids"},
		"umask":          {change: func(s *specs.Spec) { s.Process.User.Umask = ptr(uint32(0)) }, note: "process.user.umask"},
		"capabilities":   {change: func(*specs.Spec) {}, note: "process.capabilities"},
		"new privileges": {change: func(s *specs.Spec) { s.Process.NoNewPrivileges = false }, note: "process.noNewPrivileges"},
		"apparmor":       {change: func(s *specs.Spec) { s.Process.ApparmorProfile = "x" }, err: "process.apparmorProfile"},
		"selinux":        {change: func(s *specs.Spec) { s.Process.SelinuxLabel = "x" }, err: "process.selinuxLabel"},
		"affinity":       {change: func(s *specs.Spec) { s.Process.ExecCPUAffinity = &specs.CPUAffinity{Final: "0"} }, err: "process.execCPUAffinity.final"},
		"rlimits": {change: func(s *specs.Spec) {
			s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_FSIZE", Hard: 9, Soft: 9}, {Type: "RLIMIT_STACK", Hard: 1 << 20, Soft: 1 << 20}, {Type: "RLIMIT_NPROC", Hard: 5, Soft: 5}}
		}, want: limits(func(l policy.Limits) bool {
			return l.FileSize == 9 && l.Stack == 1<<20 && l.Pids == 5 && l.OpenFiles == 0
		})},
		"soft rlimit":    {change: func(s *specs.Spec) { s.Process.Rlimits[0].Soft = 100 }, note: "process.rlimits.RLIMIT_NOFILE", want: limits(func(l policy.Limits) bool { return l.OpenFiles == 100 })},
		"rlimit above":   {change: func(s *specs.Spec) { s.Process.Rlimits[0].Soft = 2000 }, err: "process.rlimits.RLIMIT_NOFILE"},
		"memory rlimit":  {change: func(s *specs.Spec) { s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_AS", Hard: 9, Soft: 9}} }, err: "process.rlimits.RLIMIT_AS"},
		"no such rlimit": {change: func(s *specs.Spec) { s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_X", Hard: 9, Soft: 9}} }, err: "process.rlimits.RLIMIT_X"},
		"no root":        {change: func(s *specs.Spec) { s.Root = nil }, err: "root.path"},
		"writable root":  {change: func(s *specs.Spec) { s.Root.Readonly = false }, note: "root.readonly", want: func(r Run) bool { return r.Policy.Landlock.Rootfs == "rw" }},
		"absolute root":  {change: func(s *specs.Spec) { s.Root.Path = "/a/b/../c" }, want: func(r Run) bool { return r.Policy.Filesystem.Rootfs == "/a/c" }},
		"hostname":       {change: func(s *specs.Spec) { s.Hostname = "h" }, want: func(r Run) bool { return r.Policy.Identity.Hostname == "h" }},
		"bad hostname":   {change: func(s *specs.Spec) { s.Hostname = strings.Repeat("h", 100) }, err: "?"},
		"domainname":     {change: func(s *specs.Spec) { s.Domainname = "d" }, note: "domainname"},
		"hooks":          {change: func(s *specs.Spec) { s.Hooks = &specs.Hooks{Poststop: []specs.Hook{{Path: "/x"}}} }, err: "hooks.poststop"},
		"annotations":    {change: func(s *specs.Spec) { s.Annotations = map[string]string{"a": "b"} }, note: "annotations"},
		"a bind": {change: mount(specs.Mount{Destination: "/data", Source: "data", Options: []string{"bind", "ro"}}), want: func(r Run) bool {
			return slices.Contains(r.Policy.Filesystem.Bind, policy.Bind{Source: "/bundle/data", Target: "/data", Readonly: true})
		}},
		"a writable bind": {change: mount(specs.Mount{Destination: "/data", Type: "bind", Source: "/data"}), want: func(r Run) bool {
			return slices.Contains(r.Policy.Filesystem.Bind, policy.Bind{Source: "/data", Target: "/data"})
		}},
		"noexec":            {change: mount(specs.Mount{Destination: "/data", Source: "/data", Options: []string{"bind", "noexec"}}), err: "mounts["},
		"shared":            {change: mount(specs.Mount{Destination: "/data", Source: "/data", Options: []string{"bind", "rshared"}}), note: "mounts["},
		"mapped":            {change: mount(specs.Mount{Destination: "/data", Source: "/data", Options: []string{"bind"}, UIDMappings: []specs.LinuxIDMapping{{Size: 1}}}), err: "mounts["},
		"relative target":   {change: mount(specs.Mount{Destination: "data", Source: "/data", Options: []string{"bind"}}), err: "mounts["},
		"a tmpfs":           {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"size=128m"}}), want: func(r Run) bool { return r.Policy.Filesystem.Tmp && r.Policy.Limits.Disk == 128<<20 }},
		"executable":        {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"noexec"}}), note: "mounts[7] (/tmp)"},
		"a read-only tmpfs": {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"ro"}}), err: "mounts["},
		"a read-only proc":  {change: mount(specs.Mount{Destination: "/proc", Type: "proc", Options: []string{"ro"}}), err: "mounts["},
		"processes alone":   {change: mount(specs.Mount{Destination: "/proc", Type: "proc", Options: []string{"nosuid", "subset=pid"}}), want: func(r Run) bool { return r.Policy.Filesystem.Proc == "pids" }},
		"a tmpfs for one":   {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"nosuid", "mode=0700", "uid=5"}}), note: "mounts[7] (/tmp): the option mode=0700: its mode is 1777"},
		"a tmpfs of 1777":   {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"mode=1777", "rprivate", "noswap"}}), want: func(r Run) bool { return !has(r.Notes, "mounts[7]") }},
		"filled":            {change: mount(specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"tmpcopyup"}}), err: "mounts[7] (/tmp)"},
		"a hidden process":  {change: mount(specs.Mount{Destination: "/proc", Type: "proc", Options: []string{"hidepid=4"}}), err: "mounts["},
		"no hidden process": {change: mount(specs.Mount{Destination: "/proc", Type: "proc", Options: []string{"hidepid=0"}}), note: "mounts[7] (/proc): the option hidepid=0: it is 2"},
		"a sys of its own":  {change: mount(specs.Mount{Destination: "/sys", Type: "sysfs", Options: []string{"ro", "x"}}), err: "mounts["},
		"a shared queue":    {change: mount(specs.Mount{Destination: "/dev/mqueue", Type: "mqueue", Options: []string{"rshared"}}), note: "mounts["},
		"terminals":         {change: mount(specs.Mount{Destination: "/dev/pts", Type: "devpts", Options: []string{"mode=0600"}}), note: "mounts[7] (/dev/pts): the option mode=0600: it is 0620"},
		"another tmpfs":     {change: mount(specs.Mount{Destination: "/run", Type: "tmpfs"}), err: "mounts["},
		"a disk":            {change: mount(specs.Mount{Destination: "/d", Type: "ext4", Source: "/dev/sda"}), err: "mounts["},
		"no mounts": {change: func(s *specs.Spec) { s.Mounts = nil }, want: func(r Run) bool {
			f := r.Policy.Filesystem
			return f.Proc == "none" && f.Sys == "none" && !f.Tmp && !f.Shm
		}},
		"shared network": {change: func(s *specs.Spec) {
			s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == "network" })
		}, note: "linux.namespaces"},
		"joined":  {change: func(s *specs.Spec) { s.Linux.Namespaces[0].Path = "/proc/1/ns/pid" }, err: "linux.namespaces[0]"},
		"no such": {change: func(s *specs.Spec) { s.Linux.Namespaces[0].Type = "x" }, err: "linux.namespaces[0]"},
		"user and time": {change: func(s *specs.Spec) {
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: "user"}, specs.LinuxNamespace{Type: "time"})
		}, want: func(r Run) bool { return r.Policy.Namespaces.User && r.Policy.Namespaces.Time }},
		"offsets":    {change: func(s *specs.Spec) { s.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"monotonic": {Secs: 1}} }, err: "linux.timeOffsets"},
		"memory":     {change: memory(specs.LinuxMemory{Limit: ptr(int64(1 << 26)), Swap: ptr(int64(1 << 26))}), want: limits(func(l policy.Limits) bool { return l.Memory == 1<<26 })},
		"no limit":   {change: memory(specs.LinuxMemory{Limit: ptr(int64(-1))}), want: limits(func(l policy.Limits) bool { return l.Memory == 0 })},
		"swap":       {change: memory(specs.LinuxMemory{Limit: ptr(int64(1 << 26)), Swap: ptr(int64(1 << 27))}), note: "linux.resources.memory.swap"},
		"swap alone": {change: memory(specs.LinuxMemory{Swap: ptr(int64(1 << 27))}), err: "linux.resources.memory.swap"},
		"cpu":        {change: cpu(specs.LinuxCPU{Quota: ptr(int64(50_000)), Period: ptr(uint64(100_000)), Cpus: "0"}), want: limits(func(l policy.Limits) bool { return l.CPUs == 0.5 && l.CPUSet == "0" })},
		"period":     {change: cpu(specs.LinuxCPU{Quota: ptr(int64(10_000)), Period: ptr(uint64(5_000))}), note: "linux.resources.cpu.period", want: limits(func(l policy.Limits) bool { return l.CPUs == 2 })},
		"shares":     {change: cpu(specs.LinuxCPU{Shares: ptr(uint64(512))}), note: "linux.resources.cpu.shares"},
		"nodes":      {change: cpu(specs.LinuxCPU{Mems: "0"}), err: "linux.resources.cpu.mems"},
		"processes":  {change: func(s *specs.Spec) { s.Linux.Resources.Pids = &specs.LinuxPids{Limit: ptr(int64(20))} }, want: limits(func(l policy.Limits) bool { return l.Pids == 20 })},
		"throttled": {change: func(s *specs.Spec) {
			s.Linux.Resources.BlockIO = &specs.LinuxBlockIO{ThrottleReadBpsDevice: []specs.LinuxThrottleDevice{{Rate: 5}}}
		}, err: "linux.resources.blockIO.throttleReadBpsDevice"},
		"unified": {change: func(s *specs.Spec) { s.Linux.Resources.Unified = map[string]string{"memory.high": "5"} }, err: "linux.resources.unified"},
		"masked":  {change: func(s *specs.Spec) { s.Linux.MaskedPaths = []string{"/proc/cpuinfo"} }, err: "linux.maskedPaths"},
		"masked, by a detour": {change: func(s *specs.Spec) {
			s.Linux.MaskedPaths = []string{"/sys/../proc/cpuinfo"}
			s.Mounts = slices.DeleteFunc(s.Mounts, func(m specs.Mount) bool { return m.Destination == "/sys" })
		}, err: "linux.maskedPaths"},
		"masked, not there": {change: func(s *specs.Spec) {
			s.Linux.MaskedPaths = []string{"/sys/power"}
			s.Mounts = slices.DeleteFunc(s.Mounts, func(m specs.Mount) bool { return m.Destination == "/sys" })
		}},
		"read-only":   {change: func(s *specs.Spec) { s.Linux.ReadonlyPaths = []string{"/etc"} }, err: "linux.readonlyPaths"},
		"sysctl":      {change: func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"a": "b"} }, note: "linux.sysctl"},
		"personality": {change: func(s *specs.Spec) { s.Linux.Personality = &specs.LinuxPersonality{Domain: "LINUX32"} }, err: "linux.personality"},
		"rdt":         {change: func(s *specs.Spec) { s.Linux.IntelRdt = &specs.LinuxIntelRdt{ClosID: "x"} }, err: "linux.intelRdt"},
		"windows":     {change: func(s *specs.Spec) { s.Windows = &specs.Windows{LayerFolders: []string{"x"}} }, err: "windows.layerFolders"},
		"vm":          {change: func(s *specs.Spec) { s.VM = &specs.VM{Kernel: specs.VMKernel{Path: "/k"}} }, err: "vm.kernel.path"},
		"filter": {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"chmod", "nosuchcall"}, Action: specs.ActErrno, ErrnoRet: ptr(uint(1))}}}), note: "linux.seccomp.syscalls", want: func(r Run) bool {
			return r.Policy.Seccomp.Default == "allow" && reflect.DeepEqual(r.Policy.Seccomp.Rules, []policy.Rule{{Calls: []string{"chmod"}, Action: "errno:EPERM"}})
		}},
		"conditions": {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: ptr(uint(38)), Syscalls: []specs.LinuxSyscall{
			{Names: []string{"clone"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 0x7e020000, Op: specs.OpMaskedEqual}}},
			{Names: []string{"personality"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 8, Op: specs.OpEqualTo}, {Index: 0, Value: 0, Op: specs.OpEqualTo}}},
		}}), want: func(r Run) bool {
			return r.Policy.Seccomp.Default == "errno:ENOSYS" && reflect.DeepEqual(r.Policy.Seccomp.Rules, []policy.Rule{
				{Calls: []string{"clone"}, When: []string{"arg0 & 0x7e020000 == 0x0"}, Action: "allow"},
				{Calls: []string{"personality"}, When: []string{"arg0 == 0x8"}, Action: "allow"}, {Calls: []string{"personality"}, When: []string{"arg0 == 0x0"}, Action: "allow"},
			})
		}},
		"notify":         {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActNotify}), err: "linux.seccomp.defaultAction"},
		"trace":          {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActTrace}}}), err: "linux.seccomp.syscalls[0].action"},
		"foreign":        {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchS390X}}), err: "linux.seccomp.architectures"},
		"filter's flags": {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_LOG"}}), note: "linux.seccomp.flags"},
		"a listener":     {change: filtered(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, ListenerPath: "/x"}), err: "linux.seccomp.listenerPath"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := base(t)
			tt.change(spec)
			r, err := translate(t, spec)
			var list Errors
			switch {
			case tt.err == "?":
				if err == nil {
					t.Error("no error")
				}
				return
			case tt.err != "":
				if !errors.As(err, &list) || !has(list, tt.err) || len(list) != 1 {
					t.Errorf("error %v, want one of %s", err, tt.err)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			if tt.note != "" && !has(r.Notes, tt.note) {
				t.Errorf("no note of %s in %q", tt.note, r.Notes)
			}
			if tt.want != nil && !tt.want(r) {
				t.Errorf("%+v\n%s", r, r.Policy.TOML())
			}
		})
	}
}

func mount(m specs.Mount) func(*specs.Spec) {
	return func(s *specs.Spec) { s.Mounts = append(s.Mounts, m) }
}

func memory(m specs.LinuxMemory) func(*specs.Spec) {
	return func(s *specs.Spec) { s.Linux.Resources.Memory = &m }
}

func cpu(c specs.LinuxCPU) func(*specs.Spec) {
	return func(s *specs.Spec) { s.Linux.Resources.CPU = &c }
}

func filtered(f specs.LinuxSeccomp) func(*specs.Spec) {
	return func(s *specs.Spec) { s.Linux.Seccomp = &f }
}

// Properties that change nothing, each for a reason.
var silent = []string{
	"process.consoleSize.",                     // of a terminal that judge makes as large as its own
	"linux.resources.memory.useHierarchy",      // it is so
	"linux.resources.memory.checkBeforeUpdate", // there is no update
	"linux.resources.devices.",                 // what is denied is denied
	"linux.resources.cpu.period",               // without a quota
	"linux.resources.pids.limit",               // tried with -1, below
	"mounts.source", "mounts.options",          // of a mount of judge's own
	"linux.devices.", // of one that every run has
	"linux.rootfsPropagation", "linux.seccomp.syscalls.args.valueTwo", "linux.seccomp.syscalls.args.value",
}

// TestNothingIsIgnored sets every property that the specification has, one at a
// time, and looks whether anything comes of it: an error, a note, another run.
func TestNothingIsIgnored(t *testing.T) {
	plain, err := translate(t, base(t))
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	var walk func(path string, is reflect.Type, set func(*specs.Spec) reflect.Value)
	walk = func(path string, is reflect.Type, at func(*specs.Spec) reflect.Value) {
		switch is.Kind() {
		case reflect.Pointer:
			walk(path, is.Elem(), func(s *specs.Spec) reflect.Value {
				v := at(s)
				if v.IsNil() {
					v.Set(reflect.New(is.Elem()))
				}
				return v.Elem()
			})
			return
		case reflect.Struct:
			for i := range is.NumField() {
				name, _, _ := strings.Cut(is.Field(i).Tag.Get("json"), ",")
				if name == "" {
					name = is.Field(i).Name
				}
				walk(join(path, name), is.Field(i).Type, func(s *specs.Spec) reflect.Value { return at(s).Field(i) })
			}
			return
		case reflect.Slice:
			walk(path, is.Elem(), func(s *specs.Spec) reflect.Value {
				v := at(s)
				v.Set(reflect.Append(v, reflect.Zero(is.Elem())))
				return v.Index(v.Len() - 1)
			})
			return
		case reflect.Map:
			spec := base(t)
			v := at(spec)
			v.Set(reflect.MakeMap(is))
			e := reflect.New(is.Elem()).Elem()
			if e.Kind() == reflect.String {
				e.SetString("x")
			}
			v.SetMapIndex(reflect.ValueOf("x").Convert(is.Key()), e)
			tried++
			check(t, path, spec, plain)
			return
		}
		spec := base(t)
		v := at(spec)
		switch is.Kind() {
		case reflect.String:
			v.SetString("xyz")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int, reflect.Int32, reflect.Int64:
			v.SetInt(7)
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			v.SetUint(7)
		case reflect.Interface:
			v.Set(reflect.ValueOf("x"))
		default:
			t.Errorf("%s is a %s", path, is.Kind())
		}
		tried++
		check(t, path, spec, plain)
	}
	walk("", reflect.TypeOf(specs.Spec{}), func(s *specs.Spec) reflect.Value { return reflect.ValueOf(s).Elem() })
	if tried < 150 {
		t.Errorf("only %d properties were tried", tried)
	}
}

func check(t *testing.T, path string, spec *specs.Spec, plain Run) {
	t.Helper()
	r, err := translate(t, spec)
	quiet := slices.ContainsFunc(silent, func(s string) bool { return strings.HasPrefix(path, s) })
	if err == nil && !quiet && reflect.DeepEqual(r, plain) {
		t.Errorf("%s is ignored", path)
	}
}

// TestOrder: a bundle has the same errors each time, in one order.
func TestOrder(t *testing.T) {
	spec := base(t)
	hook := []specs.Hook{{Path: "/x"}}
	spec.Hooks = &specs.Hooks{CreateRuntime: hook, CreateContainer: hook, StartContainer: hook, Poststart: hook, Poststop: hook}
	_, first := translate(t, spec)
	for range 20 {
		if _, err := translate(t, spec); first == nil || err == nil || err.Error() != first.Error() {
			t.Fatalf("%v\nthen\n%v", first, err)
		}
	}
}

// TestUnknown: what the specification does not have is said, with what was meant.
func TestUnknown(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "runc-spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), `"hostname"`, `"hostnam"`, 1)
	text = strings.Replace(text, `"type": "RLIMIT_NOFILE"`, `"type": "RLIMIT_NOFILE", "max": 5`, 1)
	r, err := Translate([]byte(text), "/bundle")
	if err != nil || !has(r.Notes, "hostnam") || !has(r.Notes, "process.rlimits[0].max") {
		t.Errorf("%v, %q", err, r.Notes)
	}
	if i := slices.IndexFunc(r.Notes, func(n Note) bool { return n.Path == "hostnam" }); i >= 0 && !strings.Contains(r.Notes[i].Text, "did you mean hostname?") {
		t.Errorf("%s", r.Notes[i])
	}
	for name, bad := range map[string]string{
		"cut off": text[:200], "a list": "[]", "nothing": "", "a number": `{"ociVersion":"1.0.2","process":{"args":[1]}}`, "deep": strings.Repeat("[", 100_000),
	} {
		if _, err := Translate([]byte(bad), "/bundle"); err == nil || !strings.Contains(err.Error(), "config.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	for _, name := range []string{"runc", "crun"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+"-spec.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		r, err := Translate(data, "/bundle")
		if err == nil && len(r.Args) == 0 {
			t.Error("a run of nothing")
		}
		if err == nil {
			if _, err := policy.Decode("p", r.Policy.TOML()); err != nil {
				t.Errorf("a policy that cannot be read: %v", err)
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
