package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

// size is for people, in whole units.
func size(n uint64) string {
	switch {
	case n >= 10<<30:
		return strconv.FormatUint(n>>30, 10) + " GiB"
	case n >= 1<<20:
		return strconv.FormatUint(n>>20, 10) + " MiB"
	}
	return strconv.FormatUint(n>>10, 10) + " KiB"
}

// caller is who runs judge, and with which rights.
func (w *ward) caller() {
	if w.f.UID == 0 {
		w.ok("uid", "root")
	} else {
		w.ok("uid", itoa(w.f.UID)+": an ordinary user")
	}
	w.capabilities()
	const files = 1024 // two runs and their pipes need a few dozen; programs of a run may ask for this many
	if w.f.OpenFiles > 0 && w.f.OpenFiles < files {
		w.ill(Warn, "open files", "at most "+strconv.FormatUint(w.f.OpenFiles, 10), itoa(files), "a run's limit of open files cannot be higher",
			"ulimit -Hn 524288   # as root, where judge is started")
	} else if w.f.OpenFiles > 0 {
		w.ok("open files", "at most "+limit(w.f.OpenFiles))
	}
	if w.f.Processes > 0 && w.f.Processes < 64 && w.f.UID != 0 {
		w.ill(Warn, "processes", "at most "+limit(w.f.Processes), "64", "a run's limit of processes cannot be higher", "ulimit -Hu 4096   # as root")
	} else if w.f.Processes > 0 {
		w.ok("processes", "at most "+limit(w.f.Processes))
	}
}

func limit(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "any number"
	}
	return strconv.FormatUint(n, 10)
}

// capabilities that judge lacks as root: a container's, mostly.
func (w *ward) capabilities() {
	text := w.f.field("/proc/self/status", "CapEff")
	set, err := strconv.ParseUint(text, 16, 64)
	if err != nil || w.f.UID != 0 {
		return
	}
	var missing []string
	for _, c := range []struct {
		bit  int
		name string
	}{
		{unix.CAP_SYS_ADMIN, "SYS_ADMIN"}, {unix.CAP_SETUID, "SETUID"}, {unix.CAP_SETGID, "SETGID"}, {unix.CAP_SETPCAP, "SETPCAP"},
		{unix.CAP_CHOWN, "CHOWN"}, {unix.CAP_MKNOD, "MKNOD"}, {unix.CAP_DAC_OVERRIDE, "DAC_OVERRIDE"}, {unix.CAP_KILL, "KILL"},
		{unix.CAP_SYS_RESOURCE, "SYS_RESOURCE"}, {unix.CAP_NET_ADMIN, "NET_ADMIN"},
	} {
		if set>>c.bit&1 == 0 {
			missing = append(missing, c.name)
		}
	}
	mend := func(inside string) string {
		if w.f.inside() == "" {
			return "start judge with them: whatever starts it took them away"
		}
		return inside
	}
	root := !slices.ContainsFunc(missing, func(name string) bool { return name != "SYS_RESOURCE" && name != "NET_ADMIN" })
	switch {
	case len(missing) == 0:
		w.ok("capabilities", "all that judge uses")
	case root && !slices.Contains(missing, "NET_ADMIN"):
		w.ill(Warn, "capabilities", "without SYS_RESOURCE", "SYS_RESOURCE, too", "hard limits of resources cannot be raised for a run",
			mend("docker run --cap-add SYS_RESOURCE ..."))
	case root:
		w.ill(Fail, "capabilities", "root without "+strings.Join(missing, ", "), "NET_ADMIN, too", "a run's loopback cannot be switched on, and no bridge be made",
			mend("docker run --cap-add NET_ADMIN ..."))
	default:
		w.ill(Fail, "capabilities", "root without "+strings.Join(missing, ", "), "these, too", "judge does as for an ordinary user: a user namespace, and cgroups only where it may",
			mend("docker run --privileged ..."))
	}
}

// memory that runs can get.
func (w *ward) memory() {
	kib := func(name string) (uint64, bool) {
		n, err := strconv.ParseUint(strings.TrimSuffix(w.f.field("/proc/meminfo", name), " kB"), 10, 64)
		return n << 10, err == nil
	}
	const least = 512 << 20
	if free, ok := kib("MemAvailable"); ok && free < least {
		w.ill(Warn, "memory", size(free)+" available", size(least), "the host may run out of memory before a run's limit is reached: that ends others, too",
			"stop what is not needed, or give the machine more memory")
	} else if ok {
		w.ok("memory", size(free)+" available")
	}
	switch swap := w.f.swaps(); {
	case len(swap) == 0:
		w.ok("swap", "none")
	default:
		total, _ := kib("SwapTotal")
		w.ok("swap", fmt.Sprintf("%s on %s", size(total), strings.Join(swap, ", ")))
	}
}
