package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"judge/sandbox/internal/procfs"
)

func (w *ward) walls() {
	w.seccomp()
	w.landlock()
	w.settings()
}

func (w *ward) seccomp() {
	have := strings.Fields(w.f.text("/proc/sys/kernel/seccomp/actions_avail"))
	var missing []string
	for _, a := range []string{"kill_process", "errno", "user_notif", "allow"} {
		if !slices.Contains(have, a) {
			missing = append(missing, a)
		}
	}
	switch {
	case len(have) == 0 && w.f.field("/proc/self/status", "Seccomp") != "":
		w.ill(Warn, "seccomp", "its actions cannot be read", "kill_process, user_notif",
			"is /proc/sys hidden? the calls above decide", "")
	case len(missing) > 0:
		w.ill(Fail, "seccomp", "without "+strings.Join(missing, ", "), "CONFIG_SECCOMP_FILTER, Linux 5.0", "system calls cannot be filtered",
			"boot Linux 5.12 or later with CONFIG_SECCOMP_FILTER")
	default:
		w.ok("seccomp", "filters, with all actions that judge uses")
	}
}

func (w *ward) landlock() {
	lsm := w.f.text("/sys/kernel/security/lsm")
	switch {
	case w.f.Landlock >= 2:
		w.ok("landlock", fmt.Sprintf("ABI %d", w.f.Landlock))
	case w.f.Landlock == 1:
		w.ill(Warn, "landlock", "ABI 1", "ABI 2 (Linux 5.19)", "the second wall around files is off", "boot Linux 5.19 or later")
	case lsm != "" && !procfs.Older(w.f.Kernel, "5.13"):
		w.ill(Warn, "landlock", "not among the security modules in use: "+lsm, "ABI 2 (Linux 5.19)", "the second wall around files is off",
			"boot with lsm=landlock,"+lsm)
	default:
		w.ill(Warn, "landlock", "none", "ABI 2 (Linux 5.19)", "the second wall around files is off", "boot Linux 5.19 or later with CONFIG_SECURITY_LANDLOCK")
	}
}

// settings of the kernel that a run meets.
func (w *ward) settings() {
	if pattern := w.f.text("/proc/sys/kernel/core_pattern"); strings.HasPrefix(pattern, "|") {
		program, _, _ := strings.Cut(pattern[1:], " ")
		w.ok("core_pattern", "piped to "+program+": a run's RLIMIT_CORE of 1 keeps it from being started")
	} else if pattern != "" {
		w.ok("core_pattern", "files; a run makes none")
	}
	switch n, known := w.f.number("/proc/sys/kernel/yama/ptrace_scope"); {
	case known:
		w.ok("yama", "ptrace_scope = "+strconv.FormatInt(n, 10)+"; runs are apart by their uids in any case")
	default:
		w.ok("yama", "none; runs are apart by their uids in any case")
	}
	if lsm := w.f.text("/sys/kernel/security/lsm"); lsm != "" {
		w.ok("security modules", lsm)
	}
	pool, known := w.f.number("/proc/sys/vm/nr_hugepages")
	more, _ := w.f.number("/proc/sys/vm/nr_overcommit_hugepages")
	switch {
	case !known:
	case pool+more > 0: // the memory controller does not count them
		w.ok("hugepages", strconv.FormatInt(pool+more, 10)+" in the pool; the built-in filters give a run none")
	default:
		w.ok("hugepages", "no pool")
	}
}
