package rootfs

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// systemDirs of the host that are shown, or links to them. Where /usr is not
// merged, /bin and its siblings are directories of their own.
var systemDirs = [...]string{"usr", "bin", "sbin", "lib", "lib64", "lib32", "libx32"}

// stores are what NixOS and Guix have in place of /usr: everybody may read all
// that is in them, and nothing in /usr works without.
var stores = [...]string{"nix/store", "gnu/store"}

// systems are links to the directory of all programs of such a host, which
// changes as a whole; bin is where they are in it.
var systems = [...]struct{ name, bin string }{{"run/current-system", "sw/bin"}, {"run/current-system", "profile/bin"}}

// Own is what judge has that a view depends on.
type Own struct {
	Dir    string // where it keeps things
	Userns bool   // mounts are made in a user namespace
}

// Host is the view of the host's system files. The snapshot of /etc is kept
// below own.Dir.
func Host(own Own) (*View, error) {
	v := &View{own: own}
	if err := v.system(); err != nil {
		return nil, err
	}
	v.store()
	etc, lock, err := snapshot("/etc", own.Dir)
	if err != nil {
		return nil, err
	}
	v.lock = lock
	v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: etc, Target: "etc"})
	return v, v.share()
}

// share finds out whether overlays can be made over the trees.
func (v *View) share() error {
	for _, t := range v.Root.Trees {
		locked, err := v.hasLocked(t.Source)
		switch {
		case err != nil:
			return err
		case !v.stackable(t.Source):
			v.SharedWhy = "/" + t.Target + " lies on overlays two deep, and the kernel stacks no third"
		case locked:
			v.SharedWhy = "there are mounts below /" + t.Target + ", which no overlay made in a user namespace may be over"
		default:
			continue
		}
		v.Root.Shared = true
		return nil
	}
	return nil
}

// Mounts are what is mounted below the system's directories, each to be shown
// on its own.
func (v *View) Mounts() ([]plan.Bind, error) {
	if v.Root.Lower != "" || v.Root.Shared {
		return nil, nil
	}
	var out []plan.Bind
	for _, t := range v.Root.Trees {
		if t.Target == "etc" { // judge's own
			continue
		}
		binds, err := v.Expand(plan.Bind{Source: t.Source, Target: "/" + t.Target, Readonly: true, Dir: true})
		if err != nil {
			return nil, err
		}
		out = append(out, binds[1:]...)
	}
	return out, nil
}

// store adds the store of a host that has one, and the link to its system.
func (v *View) store() {
	for _, name := range stores {
		var st unix.Stat_t
		if unix.Lstat("/"+name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: "/" + name, Target: name})
		for _, s := range systems {
			target, err := filepath.EvalSymlinks("/" + s.name)
			if err != nil || !strings.HasPrefix(target, "/"+name+"/") {
				continue
			}
			if _, err := os.Stat(path.Join(target, s.bin)); err != nil {
				continue
			}
			v.Root.Links = append(v.Root.Links, plan.Link{Name: s.name, Target: target})
			v.PathDirs = append(v.PathDirs, "/"+path.Join(s.name, s.bin))
			break
		}
	}
}

// system adds /usr and its siblings.
func (v *View) system() error {
	for _, name := range systemDirs {
		var st unix.Stat_t
		err := unix.Lstat("/"+name, &st)
		switch {
		case err == unix.ENOENT:
		case err != nil:
			return fmt.Errorf("look at the host's /%s: %w", name, err)
		case st.Mode&unix.S_IFMT == unix.S_IFLNK:
			target, err := os.Readlink("/" + name)
			if err != nil {
				return fmt.Errorf("read the host's link /%s: %w", name, err)
			}
			v.Root.Links = append(v.Root.Links, plan.Link{Name: name, Target: target})
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			v.Root.Trees = append(v.Root.Trees, plan.Tree{Source: "/" + name, Target: name})
		}
	}
	return nil
}
