package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/procfs"
	"judge/sandbox/internal/rootfs"
	"judge/sandbox/internal/seccomp"
	"judge/store"
)

// fit fills in what the policy leaves to the host, and refuses what the host
// cannot do.
func fit(p policy.Policy, h *host) (policy.Policy, error) {
	if p.Limits.Memory == 0 && p.Limits.MemoryPercent > 0 {
		p.Limits.Memory = policy.Bytes(h.memory / 100 * int64(p.Limits.MemoryPercent) &^ 4095)
	}
	if p.Identity.Hostname == "" {
		p.Identity.Hostname = plan.DefaultHostname
	}
	if p.Filesystem.Workdir == "" {
		p.Filesystem.Workdir = "/box"
	}
	if leadsOut(p.Filesystem.Workdir) {
		return p, &UsageError{What: "start in " + p.Filesystem.Workdir, Hint: "links there lead to what judge has open: name a directory of files"}
	}
	if err := fitNetwork(&p, h.rights); err != nil {
		return p, err
	}
	if p.Namespaces.Time {
		if err := h.readClocks(); err != nil {
			return p, err
		}
	}
	if n := p.Limits.CPUSet; n != "" && n != "auto" {
		if err := checkCores(n); err != nil {
			return p, err
		}
	}
	return p, checkCeilings(p.Limits, h.ceilings)
}

// leadsOut says whether a place to start in has links of the kernel's own: by
// /proc/self/fd, to which /dev/fd leads, a run would start in what its makers
// have open, outside its tree (as CVE-2024-21626 of runc).
func leadsOut(dir string) bool {
	dir = path.Clean("/"+dir) + "/"
	return strings.HasPrefix(dir, "/proc/") || strings.HasPrefix(dir, "/dev/") && !strings.HasPrefix(dir, "/dev/shm/")
}

// ulimits are the shell's names of resources.
var ulimits = map[int]string{
	unix.RLIMIT_NOFILE: "-n", unix.RLIMIT_STACK: "-s", unix.RLIMIT_FSIZE: "-f", unix.RLIMIT_CPU: "-t",
	unix.RLIMIT_AS: "-v", unix.RLIMIT_DATA: "-d", unix.RLIMIT_CORE: "-c", unix.RLIMIT_NPROC: "-u",
}

// checkCeilings refuses limits that judge cannot set: those that must be exact.
func checkCeilings(l policy.Limits, ceilings map[int]uint64) error {
	for _, r := range plan.Rlimits(l, plan.Apart{}) {
		most, bounded := ceilings[r.Resource]
		if !bounded || r.Least <= most {
			continue
		}
		what := fmt.Sprintf("%s = %d", r.Why, r.Least)
		switch {
		case r.Why == "":
			what = r.Name + ", which no run shall feel,"
		case r.Least == plan.Infinity:
			what = r.Why + " = \"unlimited\""
		}
		return &UsageError{
			What: fmt.Sprintf("%s cannot be raised above judge's own hard limit, %d", what, most),
			Hint: "raise that (ulimit -H" + ulimits[r.Resource][1:] + ") where judge is started, or run it with CAP_SYS_RESOURCE",
		}
	}
	return nil
}

// ceilings finds what judge's own hard limits allow. With CAP_SYS_RESOURCE
// they can be raised (setrlimit(2)), those of open files up to fs.nr_open.
func ceilings() (map[int]uint64, error) {
	out := map[int]uint64{}
	mayRaise := hasCapability(unix.CAP_SYS_RESOURCE)
	for _, r := range plan.Rlimits(policy.Limits{}, plan.Apart{}) {
		var have unix.Rlimit
		if err := unix.Getrlimit(r.Resource, &have); err != nil {
			return nil, fmt.Errorf("getrlimit %s: %w", r.Name, err)
		}
		switch {
		case mayRaise && r.Resource == unix.RLIMIT_NOFILE:
			out[r.Resource] = max(have.Max, nrOpen())
		case !mayRaise && have.Max != plan.Infinity:
			out[r.Resource] = have.Max
		}
	}
	return out, nil
}

func hasCapability(c int) bool {
	caps, err := effective()
	return err == nil && caps(c)
}

// nrOpen is the kernel's own bound; its default is safe where it cannot be read.
func nrOpen() uint64 {
	const usual = 1 << 20
	text, err := os.ReadFile("/proc/sys/fs/nr_open")
	if err != nil {
		return usual
	}
	most, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return usual
	}
	return most
}

// checkCores refuses cores that judge itself may not use.
func checkCores(list string) error {
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		return fmt.Errorf("sched_getaffinity: %w", err)
	}
	for _, c := range procfs.CPUs(list) {
		if !mine.IsSet(c) {
			return &UsageError{What: fmt.Sprintf("limits.cpuset = %q: core %d", list, c), Hint: "this host has no such core, or judge may not use it: see nproc"}
		}
	}
	return nil
}

// cores is how many the run can keep busy at once.
func cores(l cgroup.Limits) int {
	n := runtime.NumCPU()
	if l.CPUSet != "" {
		n = min(n, len(procfs.CPUs(l.CPUSet)))
	}
	if l.Pids > 0 {
		n = min(n, int(l.Pids))
	}
	return max(n, 1)
}

func leafLimits(p policy.Policy) cgroup.Limits {
	l := p.Limits
	return cgroup.Limits{Memory: int64(l.Memory), Pids: l.Pids, CPUs: l.CPUs, CPUSet: l.CPUSet, Kill: p.OOM != "process"}
}

func check(cmd Command, p policy.Policy) error {
	if len(cmd.Args) == 0 {
		return &UsageError{What: "no program named", Hint: "judge run [flags] [--] PROG [ARG...]"}
	}
	for _, a := range cmd.Args {
		if strings.ContainsRune(a, 0) {
			return &UsageError{What: fmt.Sprintf("argument %q", a), Hint: "an argument cannot hold a NUL byte"}
		}
	}
	if cmd.Name != "" && !lease.ValidName(cmd.Name) {
		return &UsageError{What: fmt.Sprintf("name %q for a run", cmd.Name), Hint: "begin with a letter, and use letters, digits, '.', '_' and '-', 64 at the most"}
	}
	for _, c := range cmd.Collect {
		if !localName(c.Name) {
			return &UsageError{What: fmt.Sprintf("collect %q", c.Name), Hint: "name a file below /box, relative to it and without .."}
		}
	}
	return errors.Join(checkNew(cmd.Keep, "keep the upper layer"), checkNew(cmd.CollectAll, "collect all of the box"))
}

// checkNew finds out now, and not after the run, whether a directory can be made.
func checkNew(dir, what string) error {
	if dir == "" {
		return nil
	}
	if _, err := os.Lstat(dir); err == nil {
		return &UsageError{What: what + " in " + dir, Err: os.ErrExist, Hint: "name a directory that is not there yet"}
	}
	parent := filepath.Dir(dir)
	if err := unix.Access(parent, unix.W_OK|unix.X_OK); err != nil {
		return &UsageError{What: fmt.Sprintf("%s in %s: write to %s", what, dir, parent), Err: err, Hint: "name a directory that can be made"}
	}
	return nil
}

// bare is what the kernel said, without the call and the name.
func bare(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

func view(fs policy.Filesystem, may rights, roots map[string]string) (*rootfs.View, error) {
	own := rootfs.Own{Dir: may.run, Userns: may.userns.Maps != plan.HostIDs}
	if fs.Rootfs == "" || fs.Rootfs == "host" {
		return rootfs.Host(own)
	}
	if v, err := named(fs, own, roots); v != nil || err != nil {
		return v, err
	}
	dir, err := filepath.Abs(fs.Rootfs)
	if err != nil {
		return nil, fmt.Errorf("find rootfs %s: %w", fs.Rootfs, err)
	}
	v, err := rootfs.Directory(dir, fs.Proc != "none", own)
	return v, badRootfs(fs.Rootfs, err)
}

// named finds a rootfs of the store; nil if none has that name, and a directory
// of this place is meant.
func named(f policy.Filesystem, own rootfs.Own, roots map[string]string) (*rootfs.View, error) {
	if at := roots[f.Rootfs]; at != "" {
		v, err := rootfs.Named(filepath.Dir(at), filepath.Base(at), f.Proc != "none", own)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("rootfs %s: there is none in %s any more: %w", f.Rootfs, at, err)
		}
		return v, badRootfs(f.Rootfs, err)
	}
	if !store.ValidName(f.Rootfs) {
		return nil, nil
	}
	dir, err := store.Dir()
	if err != nil {
		return nil, err
	}
	v, err := rootfs.Named(dir, f.Rootfs, f.Proc != "none", own)
	if errors.Is(err, store.ErrNotMounted) {
		return nil, &UsageError{What: err.Error(), Hint: "judge rootfs mount " + f.Rootfs}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return v, badRootfs(f.Rootfs, err)
	}
	if _, err := os.Lstat(f.Rootfs); errors.Is(err, fs.ErrNotExist) {
		return nil, &UsageError{What: fmt.Sprintf("there is no rootfs %q, neither in %s nor as a directory here", f.Rootfs, dir),
			Hint: "judge rootfs list names those of the store; judge rootfs build and import make one"}
	}
	return nil, nil
}

// badRootfs makes what is wrong with a rootfs the caller's fault.
func badRootfs(name string, err error) error {
	var bad *rootfs.DirError
	if errors.As(err, &bad) {
		return &UsageError{What: fmt.Sprintf("rootfs %s: %s", name, bad.Problem), Hint: bad.Hint}
	}
	return err
}

// environment of the program: nothing of the caller's but what the policy names.
// dirs are the root's own directories of programs.
func environment(e policy.Environment, dirs []string) []string {
	usual := []string{"/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"}
	env := map[string]string{
		"PATH": strings.Join(append(usual, dirs...), ":"),
		"HOME": "/box", "LANG": "C.UTF-8", "TMPDIR": "/tmp",
	}
	for _, name := range e.Pass {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	for name, value := range e.Set {
		env[name] = value
	}
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}

func lookupEnv(env []string, name string) string {
	for _, e := range env {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// targetFits refuses a target that the run's own file systems would hide, or
// that would have to be made below a read-only part of the host.
func targetFits(v *rootfs.View, fs policy.Filesystem, target string) error {
	for dir, mounted := range map[string]bool{"/proc": fs.Proc != "none", "/sys": fs.Sys == "ro"} {
		if mounted && (target == dir || strings.HasPrefix(target, dir+"/")) {
			return &UsageError{What: fmt.Sprintf("bind to %s: the run has a %s of its own", target, dir), Hint: "name a target outside it"}
		}
	}
	for _, t := range v.Root.Trees {
		if !strings.HasPrefix(target, "/"+t.Target+"/") {
			continue
		}
		if _, _, err := v.Lookup(target); err != nil {
			return &UsageError{What: fmt.Sprintf("bind to %s: there is no such place below the read-only /%s", target, t.Target),
				Hint: "name a target outside it, or one that exists"}
		}
	}
	return nil
}

func findBinds(v *rootfs.View, fs policy.Filesystem) ([]plan.Bind, error) {
	out, err := v.Mounts()
	if err != nil {
		return nil, &UsageError{What: "show the host's system files", Err: err, Hint: "unmount it, or name a --rootfs"}
	}
	for _, b := range fs.Bind {
		source, err := filepath.Abs(b.Source)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", b.Source, err)
		}
		// Of a link, what it leads to: PID 1 follows none.
		if source, err = filepath.EvalSymlinks(source); err != nil {
			return nil, &UsageError{What: "bind " + b.Source, Err: bare(err), Hint: "name a file or directory of this host"}
		}
		info, err := os.Stat(source)
		if err != nil {
			return nil, &UsageError{What: "bind " + b.Source, Err: bare(err), Hint: "name a file or directory of this host"}
		}
		if err := targetFits(v, fs, b.Target); err != nil {
			return nil, err
		}
		binds, err := v.Expand(plan.Bind{Source: source, Target: b.Target, Readonly: b.Readonly, Dir: info.IsDir()})
		if err != nil {
			return nil, fmt.Errorf("bind %s: %w", b.Source, err)
		}
		out = append(out, binds...)
	}
	return out, nil
}

func loadFilter(p policy.Seccomp, cache string) (seccomp.Filter, error) {
	f, err := seccomp.LoadPolicy(p, seccomp.Native(), seccomp.Options{Cache: cache, Helper: func() string { return helper("judge-seccomp") }})
	if err != nil {
		return f, &UsageError{What: "make the policy's filter", Err: err}
	}
	return f, nil
}

// clockAllowed says whether the filter lets the two clocks be read that
// accounting begins with.
func clockAllowed(f seccomp.Filter) bool {
	if len(f.Program) == 0 {
		return true
	}
	nr, ok := seccomp.Number(seccomp.Native(), "clock_gettime")
	if !ok {
		return false
	}
	for _, clock := range []uint64{unix.CLOCK_PROCESS_CPUTIME_ID, unix.CLOCK_MONOTONIC} {
		a, err := seccomp.Simulate(f.Program, seccomp.Native(), nr, [6]uint64{clock})
		if err != nil || a != seccomp.Allow {
			return false
		}
	}
	return true
}
