package doctor

import (
	"path"
	"slices"
	"strings"

	"judge/sandbox/internal/procfs"
)

// hierarchies are the cgroup mounts of a host, as mountinfo has them.
type hierarchies struct {
	v1   map[string]procfs.Mount // by controller
	v2   *procfs.Mount
	over string // version of the hierarchy that has the memory controller
}

func (f Facts) hierarchies() hierarchies {
	h := hierarchies{v1: map[string]procfs.Mount{}}
	for _, m := range f.mounts() {
		switch m.Kind {
		case "cgroup2":
			if h.v2 == nil || len(m.Point) < len(h.v2.Point) {
				h.v2 = &m
			}
		case "cgroup":
			for _, c := range []string{"memory", "cpu", "cpuacct", "cpuset", "pids", "freezer"} {
				if m.Has(c) {
					h.v1[c] = m
				}
			}
		}
	}
	if _, ok := h.v1["memory"]; ok {
		h.over = "v1"
	} else if h.v2 != nil {
		h.over = "v2"
	}
	return h
}

func (h hierarchies) layout() string {
	switch {
	case len(h.v1) > 0 && h.v2 != nil:
		return "hybrid: " + h.over + " has the memory controller"
	case len(h.v1) > 0:
		return "v1"
	case h.v2 != nil:
		return "v2"
	}
	return "none mounted"
}

func (w *ward) cgroups() {
	h := w.f.hierarchies()
	if h.over == "" {
		w.ill(Fail, "layout", h.layout(), "cgroup v2, or v1 with the memory controller", "no limit of memory, processes or processor time can be held",
			"mount -t cgroup2 none /sys/fs/cgroup")
		return
	}
	w.ok("layout", h.layout())
	have := w.controllers(h)
	for _, c := range []struct {
		name, use string
		mark      Mark
	}{
		{"memory", "memory is not limited", Fail},
		{"pids", "a fork bomb is held by RLIMIT_NPROC alone", Warn},
		{"cpu", "--cpus is not held", Warn},
		{"cpuset", "--cpuset is not held", Warn},
		{"cpuacct", "processor time is neither limited nor reported", Fail},
	} {
		if c.name == "cpuacct" && h.over == "v2" { // cpu.stat is always there (cgroup-v2.rst)
			continue
		}
		if slices.Contains(have, c.name) {
			w.ok("cgroup."+c.name, "there")
			continue
		}
		w.ill(c.mark, "cgroup."+c.name, "missing", "the controller "+c.name, c.use, w.controllerMend(h, c.name))
	}
	if h.over == "v2" && procfs.Older(w.f.Kernel, "5.7") {
		w.ill(Fail, "clone into cgroup", "Linux "+w.f.Kernel, "Linux 5.7", "on v2 a run cannot be started in its cgroup", "boot Linux 5.7 or later")
	}
	w.delegation(h)
	w.swapAccounting(h)
}

// controllers are those that judge could use: of v2, those of the place where it
// makes its cgroups, or would.
func (w *ward) controllers(h hierarchies) []string {
	if h.over == "v1" {
		var names []string
		for c := range h.v1 {
			names = append(names, c)
		}
		return names
	}
	dir := w.f.CgroupPlace
	if dir == "" {
		dir = w.f.places(h)[0]
	}
	return strings.Fields(w.f.text(path.Join(dir, "cgroup.controllers")))
}

func (w *ward) controllerMend(h hierarchies, name string) string {
	disabled := false // /proc/cgroups: name, hierarchy, number, enabled
	for line := range strings.Lines(w.f.text("/proc/cgroups")) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] == name {
			disabled = fields[3] == "0"
		}
	}
	switch {
	case disabled:
		return "boot with cgroup_enable=" + name + ", without cgroup_disable=" + name
	case h.over == "v1":
		return "mkdir -p /sys/fs/cgroup/" + name + "\nmount -t cgroup -o " + name + " none /sys/fs/cgroup/" + name
	case w.f.UID != 0:
		return w.delegateMend()
	case slices.Contains(strings.Fields(w.f.text(path.Join(h.v2.Point, "cgroup.controllers"))), name):
		return "hand it on to " + w.f.CgroupPlace + ": of a unit of systemd's, Delegate=yes"
	}
	return "a kernel with the controller " + name + ", or a container that is handed it"
}

// delegateMend says how a user comes by cgroups: systemd hands over a user's
// own subtree, with what Delegate= names (systemd.resource-control(5)).
func (w *ward) delegateMend() string {
	if !w.f.Exists["/run/systemd/system"] {
		return "as root: hand the user a cgroup (chown -R), and start judge in it"
	}
	return "loginctl enable-linger, for a systemd of the user's; and, as root:\n" +
		"systemctl edit user@.service   # [Service] Delegate=yes, in two lines"
}

// delegation says where judge makes its cgroups, which judge run has found out;
// or else what keeps it from that.
func (w *ward) delegation(h hierarchies) {
	const name, needed = "delegation", "a cgroup that judge may make others in"
	const consequence = "no cgroup holds all processes of a run together: memory is limited for each alone"
	places := w.f.places(h)
	foreign := slices.IndexFunc(places, func(dir string) bool { return !w.f.OwnCgroups[dir] })
	if w.f.Cgroup == h.over {
		switch {
		case h.over == "v2" && w.f.CgroupPlace == "":
			w.ok(name, "systemd gives judge a scope of its own for each run")
		case w.f.NamedCgroup != "":
			w.ok(name, "judge makes its cgroups below "+w.f.NamedCgroup+" (JUDGE_CGROUP)")
		case h.over == "v2":
			w.ok(name, "judge makes its cgroups in "+w.f.CgroupPlace)
		default:
			w.ok(name, "judge makes its cgroups in "+strings.Join(places, ", "))
		}
		return
	}
	for _, dir := range places {
		if m, _ := w.f.mountOf(dir); m.Has("ro") {
			w.ill(Fail, name, dir+" is read-only", needed, consequence,
				"docker run --privileged ..., or\ndocker run --cgroupns private -v /sys/fs/cgroup:/sys/fs/cgroup:rw ...")
			return
		}
	}
	if foreign < 0 {
		return // the others say what is wrong
	}
	mend := w.delegateMend()
	if h.over == "v1" {
		mend = "run judge as root: v1 cannot be handed to a user safely"
	}
	w.ill(Fail, name, places[foreign]+" belongs to another user", needed, consequence, mend)
}

// places are the directories that judge makes its own below.
func (f Facts) places(h hierarchies) []string {
	if h.over == "v2" {
		if f.UID == 0 {
			return []string{h.v2.Point}
		}
		return []string{path.Join(h.v2.Point, f.cgroupPath())}
	}
	var dirs []string
	for _, c := range []string{"memory", "cpu", "cpuacct", "cpuset", "pids"} {
		if m, ok := h.v1[c]; ok && !slices.Contains(dirs, m.Point) {
			dirs = append(dirs, m.Point)
		}
	}
	return dirs
}

// swapAccounting says whether swap counts to a memory limit.
func (w *ward) swapAccounting(h hierarchies) {
	var counted bool
	if h.over == "v1" {
		counted = w.f.Exists["/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"]
	} else { // the file is in every cgroup but the top one
		own := path.Join(h.v2.Point, w.f.cgroupPath())
		_, counted = w.f.Files[path.Join(own, "memory.swap.max")]
		if own == h.v2.Point {
			counted = !strings.Contains(w.f.text("/proc/cmdline"), "swapaccount=0")
		}
	}
	switch swap := w.f.swaps(); {
	case counted:
		w.ok("swap accounting", "on: a run gets no swap beyond its limit")
	case len(swap) == 0:
		w.ok("swap accounting", "off, and there is no swap")
	default:
		w.ill(Warn, "swap accounting", "off, with swap on "+strings.Join(swap, ", "), "on, or no swap",
			"a run may use swap beyond its memory limit", "swapoff -a, or boot with swapaccount=1")
	}
}

// swaps are the names of what is swapped to (proc(5)).
func (f Facts) swaps() []string {
	var names []string
	for line := range strings.Lines(f.text("/proc/swaps")) {
		if name := strings.Fields(line); len(name) == 5 && name[0] != "Filename" {
			names = append(names, procfs.Unescape(name[0]))
		}
	}
	return names
}
