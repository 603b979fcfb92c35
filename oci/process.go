package oci

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/policy"
)

func (t *translation) process() {
	p := t.spec.Process
	if p == nil || len(p.Args) == 0 || p.Args[0] == "" {
		t.refuse("process.args", "there is no program to run")
		t.spec.Process = nil
		return
	}
	t.args, t.terminal = take(&p.Args), take(&p.Terminal)
	take(&p.ConsoleSize) // of a terminal that judge has none for it is the size, else that of judge's
	cwd := take(&p.Cwd)
	if !path.IsAbs(cwd) {
		t.refuse("process.cwd", "%q is no absolute path", cwd)
	}
	t.policy.Filesystem.Workdir = path.Clean("/" + cwd)
	if name := t.args[0]; strings.Contains(name, "/") && !path.IsAbs(name) {
		t.args[0] = path.Join(t.policy.Filesystem.Workdir, name)
	}
	t.environment(take(&p.Env))
	t.user(take(&p.User))
	t.capabilities(take(&p.Capabilities))
	for _, r := range take(&p.Rlimits) {
		t.rlimit(r)
	}
	if !take(&p.NoNewPrivileges) {
		t.note("process.noNewPrivileges", "it is set: no program in a run gets rights by being executed")
	}
	if s := take(&p.ApparmorProfile); s != "" {
		t.refuse("process.apparmorProfile", "judge loads no profile of AppArmor")
	}
	if s := take(&p.SelinuxLabel); s != "" {
		t.refuse("process.selinuxLabel", "judge sets no labels of SELinux")
	}
	if n := take(&p.OOMScoreAdj); n != nil && *n != 0 {
		t.note("process.oomScoreAdj", "not set: what is out of memory is the run, in its own cgroup")
	}
	if take(&p.Scheduler) != nil {
		t.note("process.scheduler", "not set: runs have the ordinary scheduler")
	}
	if take(&p.IOPriority) != nil {
		t.note("process.ioPriority", "not set")
	}
}

func (t *translation) environment(env []string) {
	t.policy.Environment = policy.Environment{Set: map[string]string{}}
	for _, e := range env {
		name, value, ok := strings.Cut(e, "=")
		if !ok || name == "" {
			t.refuse("process.env", "%q is no NAME=VALUE", e)
			continue
		}
		t.policy.Environment.Set[name] = value
	}
	for _, name := range []string{"PATH", "HOME", "LANG", "TMPDIR"} {
		if _, ok := t.policy.Environment.Set[name]; !ok {
			t.note("process.env", "judge adds %s", name)
		}
	}
}

func (t *translation) user(u specs.User) {
	t.policy.Identity.UID, t.policy.Identity.GID = int(u.UID), int(u.GID)
	if u.UID == 0 {
		t.note("process.user.uid", "root of a run has no rights over the files of others: it writes in /box, /tmp and /dev/shm, as far as there are such, and below writable binds")
	}
	if len(u.AdditionalGids) > 0 {
		t.note("process.user.additionalGids", "a run has no supplementary groups")
	}
	if u.Umask != nil && *u.Umask != 0o022 {
		t.note("process.user.umask", "a run starts with 022")
	}
	if u.Username != "" {
		t.refuse("process.user.username", "that is for Windows")
	}
}

func (t *translation) capabilities(c *specs.LinuxCapabilities) {
	if c == nil {
		return
	}
	var all []string
	for _, set := range [][]string{c.Bounding, c.Effective, c.Inheritable, c.Permitted, c.Ambient} {
		all = append(all, set...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > 0 {
		t.note("process.capabilities", "a run has none, so not %s", strings.Join(all, ", "))
	}
}

// rlimit: what a limit of judge's holds is that limit.
func (t *translation) rlimit(r specs.POSIXRlimit) {
	at := "process.rlimits." + r.Type
	const infinity = ^uint64(0)
	value := int64(min(r.Hard, 1<<62))
	if r.Soft > r.Hard {
		t.refuse(at, "the soft limit %d is above the hard one, %d", r.Soft, r.Hard)
		return
	}
	if r.Soft < r.Hard {
		t.note(at, "soft and hard limits of a run are one: the soft one, %d", r.Soft)
		value = int64(r.Soft)
	}
	none := r.Hard == infinity && r.Soft == infinity
	l := &t.policy.Limits
	switch r.Type {
	case "RLIMIT_NOFILE":
		l.OpenFiles = value
		if none {
			l.OpenFiles = 0
		}
	case "RLIMIT_STACK":
		l.Stack = policy.Bytes(value)
		if none {
			l.Stack = 0
		}
	case "RLIMIT_FSIZE":
		l.FileSize = policy.Bytes(value)
		if none {
			l.FileSize = 0
		}
	case "RLIMIT_NPROC":
		if !none {
			l.Pids = value
			t.note(at, "held by the run's cgroup, for all of its processes together")
		}
	case "RLIMIT_CORE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_MEMLOCK", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_LOCKS":
		t.note(at, "a run has judge's own")
	case "RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_RSS", "RLIMIT_CPU", "RLIMIT_RTTIME":
		if !none {
			t.refuse(at, "judge has no such limit of each process; linux.resources.memory bounds the memory of all, judge oci run --cpu-time their time")
		}
	default:
		t.refuse(at, "there is no such limit")
	}
}

func (t *translation) root() {
	r := take(&t.spec.Root)
	if r == nil || r.Path == "" {
		t.refuse("root.path", "there is no root file system")
		return
	}
	t.policy.Filesystem.Rootfs = t.inBundle(r.Path)
	if r.Readonly {
		t.readonly = true
		t.policy.Landlock = policy.Landlock{Enabled: true, Rootfs: "ro"}
	} else {
		t.note("root.readonly", "what the run writes is not kept in the bundle; judge oci run --keep DIR keeps it")
	}
}

func (t *translation) inBundle(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(t.bundle, name)
}
