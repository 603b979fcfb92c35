package doctor

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// proof is what a real run came to.
func (w *ward) proof() {
	p := w.f.Run
	switch {
	case w.f.Refused != nil:
		w.ill(Fail, "run", w.f.Refused.What, "a host on which judge run begins", "judge run refuses to run anything", w.f.Refused.Hint)
	case p.Failure != nil:
		w.ill(Fail, "run", p.Failure.What, "a sandbox that can be made", "judge run fails, whatever the program", p.Failure.Hint)
	case p.Program == "":
		w.ill(Warn, "run", "found no true(1) to run", "a real run, as a proof", "that a sandbox can be made is not proved",
			"judge run PROG")
	case p.Status != "ok":
		w.ill(Fail, "run", p.Program+" ended with "+p.Status, "ok", "a program that does nothing does not get through",
			"judge run "+p.Program)
	default:
		w.ok("run", fmt.Sprintf("%s: ok, set up in %.1f ms", p.Program, p.Setup.Seconds()*1e3))
	}
	if len(w.f.Unenforced) > 0 {
		w.ill(Warn, "enforced", strings.Join(w.f.Unenforced, "; "), "everything that the default policy asks for",
			"reports list it as unenforced", "see the findings below")
	} else if w.f.Refused == nil {
		w.ok("enforced", "all that the default policy asks for")
	}
}

// A probe is a call that judge makes, and the first kernel that has it (the
// man page of each, section HISTORY).
type probe struct {
	name, since, use string
	mark             Mark // where it is missing
}

func probedCalls() []probe {
	return []probe{
		{"clone3", "5.5", "makes the sandbox's processes", Fail},
		{"pidfd_open", "5.3", "holds processes without their numbers", Fail},
		{"openat2", "5.6", "takes files out without following links", Fail},
		{"close_range", "5.9", "lets no descriptor leak in", Fail},
		{"open_tree", "5.2", "hands files in by mounts", Fail},
		{"mount_setattr", "5.12", "hands files in read-only", Fail},
		{"user_notif", "5.0", "names the calls that the filter stops", Fail},
		{"wait_killable", "5.19", "keeps signals from interrupting recorded calls", OK},
	}
}

// missing says why a call is not there: the kernel is too old for it, or judge
// is itself under a filter that refuses it.
func (f Facts) missing(e unix.Errno, since string) (found, mend string) {
	if e == unix.EPERM || e == unix.EACCES || f.filtered() && f.Kernel != "" && !procfs.Older(f.Kernel, since) {
		return "refused (" + unix.ErrnoName(e) + "): a filter holds judge itself", "docker run --security-opt seccomp=unconfined ..."
	}
	return "missing (" + unix.ErrnoName(e) + ")", "boot Linux " + since + " or later"
}

func (w *ward) kernel() {
	const oldest = "5.12" // has all calls of probedCalls that must be there
	switch {
	case w.f.Kernel == "":
		w.ill(Warn, "release", "not known", "Linux "+oldest, "it is not known what the kernel can do", "")
	case procfs.Older(w.f.Kernel, oldest):
		w.ill(Warn, "release", w.f.Kernel, oldest, "judge is not tested on it; the calls below decide", "boot Linux "+oldest+" or later, best 6.1")
	default:
		w.ok("release", w.f.Kernel)
	}
	if strings.Contains(strings.ToLower(w.f.Kernel), "microsoft") {
		w.ill(Warn, "wsl", "Windows Subsystem for Linux", "a machine of its own",
			"the host is Windows: below /mnt its files are in reach of whoever runs judge", "")
	}
	for _, c := range probedCalls() {
		errno, asked := w.f.Calls[c.name]
		switch {
		case !asked:
			continue
		case errno == 0:
			w.ok(c.name, "there")
		case c.mark == OK:
			w.ok(c.name, "missing, which harms nothing (Linux "+c.since+")")
		default:
			found, mend := w.f.missing(errno, c.since)
			w.ill(c.mark, c.name, found, "Linux "+c.since, "it "+c.use+": judge run fails", mend)
		}
	}
	w.vulnerabilities()
	w.container()
}

// vulnerabilities are those of the processor that the kernel does not work
// around (Documentation/ABI/testing/sysfs-devices-system-cpu).
func (w *ward) vulnerabilities() {
	const dir = "/sys/devices/system/cpu/vulnerabilities/"
	var open []string
	all := w.f.matching(dir + "*")
	for name, text := range all {
		if strings.HasPrefix(text, "Vulnerable") {
			open = append(open, strings.TrimPrefix(name, dir))
		}
	}
	slices.Sort(open)
	switch {
	case len(all) == 0:
	case len(open) > 0:
		w.ill(Warn, "vulnerabilities", strings.Join(open, ", "), "none that the kernel does not work around",
			"a program may read memory of the host past all walls", "update the kernel and the processor's microcode; no mitigations=off at boot")
	default:
		w.ok("vulnerabilities", "none that the kernel does not work around")
	}
}

// inside names the container that judge is in, "" for none that shows.
func (f Facts) inside() string {
	switch {
	case f.Exists["/.dockerenv"]:
		return "docker (/.dockerenv)"
	case f.Exists["/run/.containerenv"]:
		return "podman (/run/.containerenv)"
	case f.Exists["/proc/vz"]:
		return "openvz (/proc/vz)"
	case f.Exists["/run/systemd/container"]:
		return "one of systemd's, or LXC (/run/systemd/container)"
	}
	if m, ok := f.mountOf("/"); ok && m.Kind == "overlay" {
		return "one, it seems: / is an overlay"
	}
	return ""
}

func (w *ward) container() {
	if in := w.f.inside(); in != "" {
		w.ok("container", in)
		return
	}
	w.ok("container", "none")
}
