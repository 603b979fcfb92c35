package policy

import (
	"math"
	"strings"
	"time"
)

// NoWallTime is the WallTime of `wall_time = "unlimited"`: no wall limit, not
// even the one that [Policy.Wall] would derive from the CPU time.
const NoWallTime time.Duration = -1

// maxDepth is how many policies may extend each other in a row.
const maxDepth = 8

// A key is one thing that a policy can say. Everything that is done with keys,
// from decoding to the digest, goes through the one table of them.
type key struct {
	table string // "limits", "network.bridge", "" for the top level
	name  string // "cpu_time"

	// ref points at the key's field. The type pointed at says how the key is
	// written and read: see setTOML.
	ref func(*Policy) any

	min, max float64  // bounds of a limit, both allowed; durations in nanoseconds
	limit    bool     // "unlimited" may stand here, and zero may not
	none     int64    // the field's value for "unlimited"
	choices  []string // what a string may be; tightest first
	check    func(string) *problem
	lock     lockRule
}

// path is the full key.
func (k *key) path() string {
	if k.table == "" {
		return k.name
	}
	return k.table + "." + k.name
}

// A lockRule says which changes tighten a key, so that a locked policy allows them.
type lockRule int

const (
	lockFree    lockRule = iota // any: it grants nothing
	lockSame                    // none
	lockLess                    // a smaller limit
	lockChoice                  // a choice that stands before
	lockFalse                   // from true to false
	lockTrue                    // from false to true
	lockNoMore                  // nothing may be added
	lockNoLess                  // nothing may be taken away
	lockSpecial                 // see loosens
)

// memoryRef is where limits.memory goes: a size, or a share of the host's memory.
type memoryRef struct {
	bytes   *Bytes
	percent *int
}

const (
	maxSize     = float64(1 << 60)
	maxRate     = float64(1 << 37)           // 128 GiB a second
	maxDuration = float64(87600 * time.Hour) // ten years
	maxPids     = 1 << 22                    // PID_MAX_LIMIT of a 64-bit kernel, include/linux/threads.h
	maxFiles    = math.MaxInt32 - 63         // sysctl_nr_open_max, fs/file.c
	maxID       = math.MaxUint32 - 1         // 2^32 - 1 means "no change" to setresuid(2)
)

// keys is the table. It is ordered as [Policy.TOML] writes it. It holds only
// constants and functions that capture nothing, so the linker lays it out and
// no start of judge pays for it.
var keys = [...]key{
	{name: "name", ref: func(p *Policy) any { return &p.Name }, check: checkName},
	{name: "locked", ref: func(p *Policy) any { return &p.Locked }, lock: lockTrue},
	{name: "oom", ref: func(p *Policy) any { return &p.OOM }, choices: []string{"run", "process"}, lock: lockChoice},
	{name: "enforce", ref: func(p *Policy) any { return &p.Enforce }, choices: []string{"all", "available"}, lock: lockChoice},

	{table: "limits", name: "cpu_time", ref: func(p *Policy) any { return &p.Limits.CPUTime }, limit: true, min: float64(time.Millisecond), max: maxDuration, lock: lockLess},
	{table: "limits", name: "wall_time", ref: func(p *Policy) any { return &p.Limits.WallTime }, limit: true, none: int64(NoWallTime), min: float64(time.Millisecond), max: maxDuration, lock: lockSpecial},
	{table: "limits", name: "idle_time", ref: func(p *Policy) any { return &p.Limits.IdleTime }, limit: true, min: float64(10 * time.Millisecond), max: maxDuration, lock: lockLess},
	{table: "limits", name: "memory", ref: func(p *Policy) any { return memoryRef{&p.Limits.Memory, &p.Limits.MemoryPercent} }, limit: true, min: float64(64 * KiB), max: maxSize, lock: lockSpecial},
	{table: "limits", name: "pids", ref: func(p *Policy) any { return &p.Limits.Pids }, limit: true, min: 1, max: maxPids, lock: lockLess},
	{table: "limits", name: "cpus", ref: func(p *Policy) any { return &p.Limits.CPUs }, limit: true, min: 0.011, max: 8192, lock: lockLess},
	{table: "limits", name: "cpuset", ref: func(p *Policy) any { return &p.Limits.CPUSet }, limit: true, check: checkCPUSet, lock: lockSpecial},
	{table: "limits", name: "output", ref: func(p *Policy) any { return &p.Limits.Output }, limit: true, min: 1, max: maxSize, lock: lockLess},
	{table: "limits", name: "file_size", ref: func(p *Policy) any { return &p.Limits.FileSize }, limit: true, min: 1, max: maxSize, lock: lockLess},
	{table: "limits", name: "disk", ref: func(p *Policy) any { return &p.Limits.Disk }, limit: true, min: float64(64 * KiB), max: maxSize, lock: lockLess},
	{table: "limits", name: "inodes", ref: func(p *Policy) any { return &p.Limits.Inodes }, limit: true, min: 16, max: 1 << 40, lock: lockLess},
	{table: "limits", name: "stack", ref: func(p *Policy) any { return &p.Limits.Stack }, limit: true, min: float64(16 * KiB), max: maxSize, lock: lockLess},
	{table: "limits", name: "open_files", ref: func(p *Policy) any { return &p.Limits.OpenFiles }, limit: true, min: 4, max: maxFiles, lock: lockLess},

	{table: "filesystem", name: "rootfs", ref: func(p *Policy) any { return &p.Filesystem.Rootfs }, check: checkRootfs, lock: lockSame},
	{table: "filesystem", name: "workdir", ref: func(p *Policy) any { return &p.Filesystem.Workdir }, check: checkWorkdir},
	{table: "filesystem", name: "box", ref: func(p *Policy) any { return &p.Filesystem.Box }, check: checkText},
	{table: "filesystem", name: "proc", ref: func(p *Policy) any { return &p.Filesystem.Proc }, choices: []string{"none", "pids", "private"}, lock: lockChoice},
	{table: "filesystem", name: "sys", ref: func(p *Policy) any { return &p.Filesystem.Sys }, choices: []string{"none", "ro"}, lock: lockChoice},
	{table: "filesystem", name: "dev", ref: func(p *Policy) any { return &p.Filesystem.Dev }, choices: []string{"minimal"}, lock: lockChoice},
	{table: "filesystem", name: "tmp", ref: func(p *Policy) any { return &p.Filesystem.Tmp }, lock: lockFalse},
	{table: "filesystem", name: "shm", ref: func(p *Policy) any { return &p.Filesystem.Shm }, lock: lockFalse},
	{table: "filesystem", name: "bind", ref: func(p *Policy) any { return &p.Filesystem.Bind }, lock: lockNoMore},

	{table: "network", name: "mode", ref: func(p *Policy) any { return &p.Network.Mode }, choices: []string{"none", "bridge", "host"}, lock: lockSpecial},
	{table: "network", name: "loopback", ref: func(p *Policy) any { return &p.Network.Loopback }, lock: lockFalse},
	{table: "network", name: "allow_host", ref: func(p *Policy) any { return &p.Network.AllowHost }, lock: lockFalse},
	{table: "network.bridge", name: "name", ref: func(p *Policy) any { return &p.Network.Bridge.Name }, check: checkInterface, lock: lockSame},
	{table: "network.bridge", name: "subnet", ref: func(p *Policy) any { return &p.Network.Bridge.Subnet }, check: checkSubnet, lock: lockSame},
	{table: "network.bridge", name: "gateway", ref: func(p *Policy) any { return &p.Network.Bridge.Gateway }, check: checkAddress, lock: lockSame},
	{table: "network.bridge", name: "internet", ref: func(p *Policy) any { return &p.Network.Bridge.Internet }, lock: lockFalse},
	{table: "network.bridge", name: "allow", ref: func(p *Policy) any { return &p.Network.Bridge.Allow }, check: checkEgress, lock: lockNoMore},
	{table: "network.bridge", name: "host_access", ref: func(p *Policy) any { return &p.Network.Bridge.HostAccess }, lock: lockFalse},
	{table: "network.bridge", name: "groups", ref: func(p *Policy) any { return &p.Network.Bridge.Groups }, check: checkGroup, lock: lockNoMore},
	{table: "network.bridge", name: "rate", ref: func(p *Policy) any { return &p.Network.Bridge.Rate }, limit: true, min: float64(KiB), max: maxRate, lock: lockLess},
	{table: "network.bridge", name: "publish", ref: func(p *Policy) any { return &p.Network.Bridge.Publish }, choices: []string{"none", "loopback", "any"}, lock: lockChoice},

	{table: "namespaces", name: "user", ref: func(p *Policy) any { return &p.Namespaces.User }, lock: lockSame},
	{table: "namespaces", name: "cgroup", ref: func(p *Policy) any { return &p.Namespaces.Cgroup }, lock: lockTrue},
	{table: "namespaces", name: "time", ref: func(p *Policy) any { return &p.Namespaces.Time }, lock: lockSame},

	{table: "identity", name: "uid", ref: func(p *Policy) any { return &p.Identity.UID }, min: -1, max: maxID, lock: lockSame},
	{table: "identity", name: "gid", ref: func(p *Policy) any { return &p.Identity.GID }, min: -1, max: maxID, lock: lockSame},
	{table: "identity", name: "hostname", ref: func(p *Policy) any { return &p.Identity.Hostname }, check: checkHostname},

	{table: "environment", name: "set", ref: func(p *Policy) any { return &p.Environment.Set }, check: checkEnvName},
	{table: "environment", name: "pass", ref: func(p *Policy) any { return &p.Environment.Pass }, check: checkEnvName, lock: lockNoMore},

	{table: "landlock", name: "enabled", ref: func(p *Policy) any { return &p.Landlock.Enabled }, lock: lockTrue},
	{table: "landlock", name: "rootfs", ref: func(p *Policy) any { return &p.Landlock.Rootfs }, choices: []string{"ro", "rw"}, lock: lockChoice},

	{table: "seccomp", name: "default", ref: func(p *Policy) any { return &p.Seccomp.Default }, check: checkAction, lock: lockSpecial},
	{table: "seccomp", name: "allow", ref: func(p *Policy) any { return &p.Seccomp.Allow }, check: checkCall, lock: lockNoMore},
	{table: "seccomp", name: "deny", ref: func(p *Policy) any { return &p.Seccomp.Deny }, check: checkCall, lock: lockNoLess},
	{table: "seccomp", name: "rules", ref: func(p *Policy) any { return &p.Seccomp.Rules }, lock: lockSpecial},
}

// findKey gives the key with this full name, or nil.
func findKey(path string) *key {
	table, name := "", path
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		table, name = path[:dot], path[dot+1:]
	}
	for i := range keys {
		if keys[i].name == name && keys[i].table == table {
			return &keys[i]
		}
	}
	return nil
}

// isTable says whether a full name is that of a table.
func isTable(path string) bool {
	for i := range keys {
		if keys[i].table == path {
			return path != ""
		}
	}
	return false
}

// unset is the policy that says nothing: no limits, no filter, and the sandbox's
// defaults spelt out. See file.start.
func unset() Policy {
	return Policy{
		OOM: "run", Enforce: "available",
		Filesystem: Filesystem{
			Rootfs: "host", Workdir: "/box", Proc: "private", Sys: "none", Dev: "minimal",
			Tmp: true, Shm: true,
		},
		Network:    Network{Mode: "none", Bridge: Bridge{Publish: "loopback"}},
		Namespaces: Namespaces{Cgroup: true},
		Identity:   Identity{UID: -1, GID: -1, Hostname: "judge"},
		Landlock:   Landlock{Enabled: true, Rootfs: "rw"},
		Seccomp:    Seccomp{Default: "allow"},
	}
}
