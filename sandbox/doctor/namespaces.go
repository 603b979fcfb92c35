package doctor

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

func (w *ward) namespaces() {
	var there, missing, none []string
	for _, ns := range [...]string{"mnt", "pid", "net", "ipc", "uts", "cgroup", "user"} {
		switch most, known := w.f.number("/proc/sys/user/max_" + ns + "_namespaces"); {
		case !w.f.Exists["/proc/self/ns/"+ns]:
			missing = append(missing, ns)
		case known && most == 0:
			none = append(none, ns)
		default:
			there = append(there, ns)
		}
	}
	needed := func(list []string) bool { // as root, the user namespace only for --uid
		return slices.ContainsFunc(list, func(ns string) bool { return ns != "user" || w.f.UID != 0 })
	}
	mark := func(list []string) Mark {
		if needed(list) {
			return Fail
		}
		return Warn
	}
	if len(missing) > 0 {
		w.ill(mark(missing), "namespaces", "not in this kernel: "+strings.Join(missing, ", "), "all kinds", "no sandbox can be made of them",
			"a kernel with CONFIG_NAMESPACES and all kinds below it")
	} else {
		w.ok("namespaces", strings.Join(slices.Concat(there, none), ", "))
	}
	for _, ns := range none {
		key := "user.max_" + ns + "_namespaces"
		w.ill(mark([]string{ns}), key, "0", "1000 or more", "nobody may make a namespace of that kind", "sysctl -w "+key+"=10000")
	}
	if w.f.Exists["/proc/self/ns/time_for_children"] && !procfs.Older(w.f.Kernel, "6.1") {
		w.ok("time namespaces", "there")
	} else {
		w.ok("time namespaces", "none that judge can use: namespaces.time = true is refused before Linux 6.1")
	}
	w.userNamespace()
	w.maps()
}

// userNamespace is what an ordinary user makes all others in.
func (w *ward) userNamespace() {
	if w.f.UID == 0 {
		w.ok("user namespaces", "root needs none")
		return
	}
	if w.f.UserNamespace == 0 {
		w.ok("user namespaces", "may be made by uid "+itoa(w.f.UID))
		return
	}
	found := "refused: " + unix.ErrnoName(w.f.UserNamespace)
	const needed, consequence = "user namespaces for ordinary users", "judge cannot run without root"
	clone, hasClone := w.f.number("/proc/sys/kernel/unprivileged_userns_clone")
	armor, hasArmor := w.f.number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
	mend := "run judge as root"
	switch {
	case hasClone && clone == 0: // a patch of Debian's
		found += ", kernel.unprivileged_userns_clone = 0"
		mend = "sysctl -w kernel.unprivileged_userns_clone=1"
	case hasArmor && armor == 1: // Ubuntu since 23.10
		found += ", AppArmor restricts them (Ubuntu)"
		mend = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\nor give judge an AppArmor profile that allows userns"
	case w.f.UserNamespace == unix.ENOSPC: // clone(2)
		mend = "sysctl -w user.max_user_namespaces=10000"
	case w.f.filtered():
		mend = "docker run --security-opt seccomp=unconfined ..."
	}
	w.ill(Fail, "user namespaces", found, needed, consequence, mend)
}

// filtered says whether judge is itself under a filter of system calls.
func (f Facts) filtered() bool { return f.field("/proc/self/status", "Seccomp") == "2" }

// maps says which ids a user namespace of this user's can hold.
func (w *ward) maps() {
	if w.f.UID == 0 {
		return
	}
	helpers := false
	for _, dir := range []string{"/usr/bin", "/bin", "/run/current-system/sw/bin", "/run/wrappers/bin"} {
		helpers = helpers || w.f.Exists[path.Join(dir, "newuidmap")]
	}
	const consequence = "a run has one id: its files and processes are the caller's, outside"
	switch ids := w.f.text("/etc/subuid") != "" && w.f.text("/etc/subgid") != ""; {
	case helpers && ids:
		w.ok("subordinate ids", "newuidmap, /etc/subuid and /etc/subgid are there")
	case helpers:
		w.ill(Warn, "subordinate ids", "none in /etc/subuid and /etc/subgid", "65536 of the caller's own", consequence,
			"usermod --add-subuids 100000-165535 \\\n  --add-subgids 100000-165535 USER")
	default:
		w.ill(Warn, "subordinate ids", "no newuidmap", "newuidmap and newgidmap", consequence, "apt-get install uidmap   # shadow-utils elsewhere")
	}
}
