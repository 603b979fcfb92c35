package doctor

import (
	"slices"
	"strings"

	"judge/sandbox/internal/procfs"
)

func (w *ward) files() {
	w.kind("overlay", "boot a kernel with CONFIG_OVERLAY_FS, or: modprobe overlay")
	w.kind("tmpfs", "boot a kernel with CONFIG_TMPFS")
	w.kind("proc", "boot a kernel with CONFIG_PROC_FS")
	if w.f.UID != 0 && procfs.Older(w.f.Kernel, "5.11") {
		w.ill(Warn, "overlay for users", "Linux "+w.f.Kernel, "Linux 5.11", "without root there are no overlays in user namespaces", "boot Linux 5.11 or later")
	}
	w.root()
	w.procCovered()
	for _, dir := range []string{"/run", "/tmp"} {
		w.room(dir)
	}
}

// kind looks for a kind of file system. What is a module is loaded by its first
// mount, which the run has made.
func (w *ward) kind(name, mend string) {
	for line := range strings.Lines(w.f.text("/proc/filesystems")) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[len(fields)-1] == name {
			w.ok(name, "there")
			return
		}
	}
	w.ill(Fail, name, "not in /proc/filesystems", "file systems of the kind "+name, "no file tree of a run's own can be made", mend)
}

// root looks at what the host view is made over. Overlays stack two deep
// (FILESYSTEM_MAX_STACK_DEPTH in include/linux/fs.h).
func (w *ward) root() {
	m, ok := w.f.mountOf("/usr")
	switch {
	case !ok:
		return
	case m.Kind == "overlay":
		w.ok("root", "/usr is on an overlay: judge's own over it is the second and last that the kernel stacks")
	default:
		w.ok("root", "/usr is on "+m.Kind)
	}
}

// procCovered looks for what is mounted over parts of /proc: in a user
// namespace the kernel then lets nobody mount a new one (mount_too_revealing in
// fs/namespace.c).
func (w *ward) procCovered() {
	var over []string
	for _, m := range w.f.mounts() {
		switch {
		case m.Point == "/proc":
			for _, o := range slices.Concat(m.Options, m.Super) {
				if strings.HasPrefix(o, "hidepid=") && o != "hidepid=0" && o != "hidepid=off" {
					over = append(over, o)
				}
			}
		case strings.HasPrefix(m.Point, "/proc/") && m.Kind != "binfmt_misc" && m.Kind != "autofs" && m.Kind != "nfsd":
			over = append(over, m.Point)
		}
	}
	slices.Sort(over)
	over = slices.Compact(over)
	shown := strings.Join(over, ", ")
	if len(over) > 3 {
		shown = strings.Join(over[:3], ", ") + " and " + itoa(len(over)-3) + " more"
	}
	switch {
	case len(over) == 0:
		w.ok("/proc", "whole")
	case w.f.UID == 0 && w.f.initialUserNamespace():
		w.ok("/proc", "partly covered ("+shown+"), which root may pass over")
	default:
		w.ill(Fail, "/proc", "partly covered: "+shown, "a whole /proc", "in a user namespace no /proc can be mounted for a run",
			"docker run --security-opt systempaths=unconfined ...\nor a policy with [filesystem] proc = \"none\"")
	}
}

// initialUserNamespace says whether judge is in it: its map is the identity of
// all ids (user_namespaces(7)).
func (f Facts) initialUserNamespace() bool {
	return slices.Equal(strings.Fields(f.text("/proc/self/uid_map")), []string{"0", "0", "4294967295"})
}

// room says how much can be written where judge writes.
func (w *ward) room(dir string) {
	free, known := w.f.Free[dir]
	if !known {
		return
	}
	const least = 64 << 20
	switch {
	case w.f.ReadOnly[dir] && dir == "/run":
		w.ill(Fail, dir, "read-only", "a directory that can be written", "judge keeps its leases in /run/judge", "mount -t tmpfs -o mode=755 tmpfs /run")
	case w.f.ReadOnly[dir]:
		w.ok(dir, "read-only; judge itself writes nothing there")
	case free < least:
		w.ill(Warn, dir, size(free)+" free", size(least), "what judge writes there may fail", "df "+dir+"   # and remove what is not needed")
	default:
		w.ok(dir, size(free)+" free")
	}
}
