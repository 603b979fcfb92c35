package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Mount is where every distribution mounts its cgroups.
const Mount = "/sys/fs/cgroup"

var (
	// ErrNone says that the host has no cgroups that judge can use.
	ErrNone = errors.New("no usable cgroups")
	// ErrNamed says that the cgroup which the caller named cannot be used.
	ErrNamed = errors.New("this cgroup cannot be used")
)

// Systemd, as a [Wish]'s Path, asks for a scope where one would not be made.
const Systemd = "systemd"

// A Wish is what a caller says about the place of judge's cgroups.
type Wish struct {
	Path string // as in /proc/PID/cgroup, or below the mount; or [Systemd]; "" finds one
	Root bool   // judge is the host's root
	// Scope moves judge, and the processes that it has, into a scope of systemd's
	// that is delegated to it; nil if there is no systemd to ask. It is not called
	// where that would change nothing, and takes milliseconds.
	Scope func() error
	// Dry changes nothing: where there would be a scope, the one who would be asked
	// for it stands for it.
	Dry bool
}

// Find finds out which version the host uses, below the directory where its
// cgroups are mounted, and where judge may make its own. The memory controller
// decides: an empty cgroup2 beside v1 hierarchies (systemd's hybrid) is no v2
// host. A user who has no place is told so by [NoPlace].
func Find(mount string, w Wish) (Host, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(mount, &st); err != nil {
		return nil, fmt.Errorf("%w: statfs %s: %w", ErrNone, mount, err)
	}
	if int64(st.Type) == unix.CGROUP2_SUPER_MAGIC {
		return find2(mount, w)
	}
	var memory unix.Stat_t
	if err := unix.Stat(filepath.Join(mount, "memory", "cgroup.procs"), &memory); err == nil {
		return find1(mount, w)
	}
	return nil, fmt.Errorf("%w: %s is neither cgroup2 nor has it a hierarchy of the memory controller", ErrNone, mount)
}

// At gives the cgroups of a place that [Host.Place] told of, perhaps another
// judge's, perhaps long ago: nothing need be there any more. Of a place that is
// none here, it gives none.
func At(mount, place string) Host {
	var st unix.Statfs_t
	switch err := unix.Statfs(mount, &st); {
	case err != nil || !filepath.IsAbs(place) || filepath.Clean(place) != place:
		return nil
	case int64(st.Type) != unix.CGROUP2_SUPER_MAGIC:
		return V1{Root: mount, Below: strings.TrimPrefix(place, "/")}
	case place == mount || strings.HasPrefix(place, mount+"/"):
		return V2{Root: place}
	}
	return nil
}

// NoPlace says whether an error of Find's is that this user has no cgroup to
// make others in.
func NoPlace(err error) bool { return errors.Is(err, errNoPlace) }

func find1(mount string, w Wish) (Host, error) {
	switch {
	case w.Path == Systemd:
		return nil, fmt.Errorf("%w: systemd delegates no scopes on cgroup v1", ErrNamed)
	case w.Path != "":
		below, err := cleanPath(mount, w.Path)
		if err != nil {
			return nil, err
		}
		for _, c := range controllers(Limits{}) {
			if err := usable(filepath.Join(mount, c, below), "cgroup.procs"); err != nil {
				return nil, err
			}
		}
		return V1{Root: mount, Below: below}, nil
	case !w.Root:
		return nil, fmt.Errorf("%w: on cgroup v1 they are root's", errNoPlace)
	}
	if err := unix.Access(filepath.Join(mount, "memory"), unix.W_OK); err != nil {
		return nil, fmt.Errorf("%w: write to %s: %w", errNoPlace, filepath.Join(mount, "memory"), err)
	}
	return V1{Root: mount}, nil
}

func find2(mount string, w Wish) (Host, error) {
	if w.Path != "" && w.Path != Systemd {
		below, err := cleanPath(mount, w.Path)
		if err != nil {
			return nil, err
		}
		dir := filepath.Join(mount, below)
		if err := usable(dir, "cgroup.procs", "cgroup.subtree_control"); err != nil {
			return nil, err
		}
		return V2{Root: dir}, nil
	}
	c := choice{scope: true}
	if w.Path == "" {
		var err error
		if c, err = choose(look2(mount, w)); err != nil {
			return nil, err
		}
	}
	if !c.scope {
		return V2{Root: filepath.Join(mount, c.path)}, nil
	}
	if w.Scope == nil {
		return nil, fmt.Errorf("%w: there is no systemd to ask for a scope", errNoPlace)
	}
	if w.Dry {
		manager := "/"
		if !w.Root {
			manager = fmt.Sprintf("/user.slice/user-%d.slice/user@%[1]d.service", os.Geteuid())
		}
		return V2{Root: filepath.Join(mount, manager), Scope: true}, nil
	}
	if err := w.Scope(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPlace, err)
	}
	file, err := read("/proc/self", "cgroup")
	if err != nil {
		return nil, err
	}
	own, _ := procfs.CgroupOf(string(file), "") // "" is the top
	return V2{Root: filepath.Join(mount, own)}, nil
}

// look2 finds what the choice depends on. Root on a host is spared what it may
// do anyway: each run of judge comes through here.
func look2(mount string, w Wish) situation {
	s := situation{root: w.Root, scope: w.Scope != nil}
	var st unix.Stat_t
	// "cgroup.type" is in every cgroup but the host's root (Documentation/admin-guide/cgroup-v2.rst).
	s.top = w.Root && unix.Stat(filepath.Join(mount, "cgroup.type"), &st) == unix.ENOENT && usable(mount, "cgroup.subtree_control") == nil
	file, err := read("/proc/self", "cgroup")
	if err != nil {
		return s
	}
	own, _ := procfs.CgroupOf(string(file), "")
	for _, p := range ancestors(own) {
		dir := filepath.Join(mount, p)
		n := node{path: p, marked: isMarked(dir)}
		n.own = s.top && !n.marked || usable(dir, "cgroup.procs", "cgroup.subtree_control") == nil
		s.nodes = append(s.nodes, n)
	}
	return s
}

// isMarked looks for what systemd puts on a cgroup that it has delegated: the
// first since release 237, for root's eyes; the second, for everybody's, since
// 252 and Linux 5.7.
func isMarked(dir string) bool {
	var buf [4]byte
	for _, name := range [...]string{"trusted.delegate", "user.delegate"} {
		if n, err := unix.Getxattr(dir, name, buf[:]); err == nil && string(buf[:n]) == "1" {
			return true
		}
	}
	return false
}

// usable says why judge's user cannot make cgroups in a directory. It must be
// his: another owner could lift the limits of his runs.
func usable(dir string, files ...string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("%w: look at %s: %w", ErrNamed, dir, err)
	}
	if euid := os.Geteuid(); int(st.Uid) != euid {
		return fmt.Errorf("%w: %s belongs to uid %d, judge runs as %d", ErrNamed, dir, st.Uid, euid)
	}
	for _, name := range append([]string{"."}, files...) {
		if err := unix.Access(filepath.Join(dir, name), unix.W_OK); err != nil {
			return fmt.Errorf("%w: write to %s: %w", ErrNamed, filepath.Join(dir, name), err)
		}
	}
	return nil
}

// cleanPath reads the name of a cgroup: an absolute path in the hierarchy, or
// one below the mount.
func cleanPath(mount, name string) (string, error) {
	below := strings.TrimPrefix(name, strings.TrimSuffix(mount, "/"))
	if !strings.HasPrefix(below, "/") && below != "" {
		return "", fmt.Errorf("%w: %q is not a cgroup's path, as /proc/self/cgroup has them", ErrNamed, name)
	}
	return path.Clean("/" + below), nil
}
