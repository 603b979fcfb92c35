package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// measuring is what makes one run's figures differ from the next one's.
func (w *ward) measuring() {
	if w.f.Refused != nil || w.f.Run.Failure != nil {
		w.ill(Fail, "a run to measure", "none: see run", "a run that is made", "there is nothing to measure", "")
	}
	w.machine()
	w.frequency()
	w.threads()
	w.clock()
	w.layout()
	w.load()
}

// machine says whether the processors are others' as well.
func (w *ward) machine() {
	vendor := strings.TrimSpace(w.f.text("/sys/devices/virtual/dmi/id/sys_vendor") + " " + w.f.text("/sys/devices/virtual/dmi/id/product_name"))
	hypervisor := slices.Contains(strings.Fields(w.f.field("/proc/cpuinfo", "flags")), "hypervisor")
	for _, name := range []string{"QEMU", "KVM", "Amazon EC2", "Google Compute", "VMware", "VirtualBox", "Xen", "Virtual Machine"} {
		hypervisor = hypervisor || strings.Contains(vendor, name)
	}
	tree := w.f.text("/proc/device-tree/compatible") // NUL between names (Documentation/devicetree)
	hypervisor = hypervisor || strings.Contains(tree, "dummy-virt") || w.f.Exists["/proc/device-tree/hypervisor"]
	if vendor == "" {
		vendor = "no name"
	}
	switch {
	case hypervisor:
		w.ill(Warn, "machine", "virtual ("+vendor+")", "a machine of its own", "others may use the same processor, its caches and its memory",
			"a dedicated host, or an instance whose processors are its own")
	default:
		w.ok("machine", "not virtual, as far as it shows")
	}
	switch steal, ok := w.f.steal(); {
	case !ok:
	case steal >= 10:
		w.ill(Fail, "steal", percent(steal), "less than 1 %", "the hypervisor took the processor away that often: elapsed time tells of others", "move to a host that is less busy")
	case steal >= 1:
		w.ill(Warn, "steal", percent(steal), "less than 1 %", "the hypervisor took the processor away that often", "move to a host that is less busy")
	default:
		w.ok("steal", percent(steal))
	}
	if cores := w.f.cores(); cores == 1 {
		w.ill(Warn, "cores", "1", "2 or more", "judge and the host share the only core with the program", "give the machine another core")
	} else if cores > 1 {
		w.ok("cores", itoa(cores))
	}
}

func percent(v float64) string { return fmt.Sprintf("%.1f %%", v) }

// steal is the share of all time since the start in which a hypervisor ran
// others (proc_stat(5): the eighth figure; guest time is in the first two).
func (f Facts) steal() (float64, bool) {
	line, _, _ := strings.Cut(f.text("/proc/stat"), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, false
	}
	var sum, steal float64
	for i, text := range fields[1:9] {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, false
		}
		if sum += n; i == 7 {
			steal = n
		}
	}
	return 100 * steal / max(sum, 1), true
}

func (f Facts) cores() int {
	n := 0
	for line := range strings.Lines(f.text("/proc/stat")) {
		if rest, ok := strings.CutPrefix(line, "cpu"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			n++
		}
	}
	return n
}

// frequency is whether the clock rate stays as it is.
func (w *ward) frequency() {
	const noTurbo, boost = "/sys/devices/system/cpu/intel_pstate/no_turbo", "/sys/devices/system/cpu/cpufreq/boost"
	const consequence = "the clock rate depends on temperature and on what other cores do"
	off, intel := w.f.number(noTurbo)
	on, other := w.f.number(boost)
	switch {
	case intel && off == 0:
		w.ill(Warn, "turbo", "on", "off", consequence, "echo 1 > "+noTurbo)
	case !intel && other && on == 1:
		w.ill(Warn, "turbo", "on", "off", consequence, "echo 0 > "+boost)
	case intel || other:
		w.ok("turbo", "off")
	default:
		w.ok("turbo", "no setting for it")
	}
	var governors []string
	for _, g := range w.f.matching("/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor") {
		governors = append(governors, g)
	}
	slices.Sort(governors)
	governors = slices.Compact(governors)
	switch {
	case len(governors) == 0:
		w.ok("governor", "no setting for it")
	case len(governors) == 1 && governors[0] == "performance":
		w.ok("governor", "performance")
	default:
		w.ill(Warn, "governor", strings.Join(governors, ", "), "performance", "short programs run before the clock rate has risen", "cpupower frequency-set -g performance")
	}
}

// threads is whether two programs share a core.
func (w *ward) threads() {
	switch w.f.text("/sys/devices/system/cpu/smt/active") {
	case "1":
		w.ill(Warn, "smt", "on", "off", "two runs at once may share a core, and see each other's caches", "echo off > /sys/devices/system/cpu/smt/control")
	case "0":
		w.ok("smt", "off")
	default:
		w.ok("smt", "no setting for it")
	}
	if isolated := w.f.text("/sys/devices/system/cpu/isolated"); isolated != "" {
		w.ok("isolated cores", isolated+"; --cpuset puts a run there")
	} else {
		w.ok("isolated cores", "none; --cpuset auto gives each run one of its own")
	}
}

// clock is what time is read from. These are read by a few instructions; all
// others by a call, or from a device.
func (w *ward) clock() {
	const dir = "/sys/devices/system/clocksource/clocksource0/"
	source := w.f.text(dir + "current_clocksource")
	if source == "" {
		return
	}
	if slices.Contains([]string{"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"}, source) {
		w.ok("clocksource", source)
		return
	}
	mend := "boot with tsc=reliable, if the processor's counter is steady"
	if slices.Contains(strings.Fields(w.f.text(dir+"available_clocksource")), "tsc") {
		mend = "echo tsc > " + dir + "current_clocksource"
	}
	w.ill(Warn, "clocksource", source, "tsc, or another that is quick to read", "programs that often ask for the time are slowed down", mend)
}

// layout of memory: what of it differs from run to run.
func (w *ward) layout() {
	if text := w.f.text("/sys/kernel/mm/transparent_hugepage/enabled"); strings.Contains(text, "[always]") {
		w.ill(Warn, "huge pages", "transparent ones always", "madvise or never", "memory and time depend on whether the host has large pieces of memory left",
			"echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
	} else {
		w.ok("huge pages", "transparent ones where programs ask for them, or none")
	}
	switch n, known := w.f.number("/proc/sys/kernel/randomize_va_space"); {
	case !known:
	case n == 0:
		w.ok("aslr", "off; addresses are the same in each run, on the whole host")
	default:
		w.ill(Warn, "aslr", "on", "off, on a host that does nothing but judge", "addresses, and so what is in the caches, differ from run to run",
			"sysctl -w kernel.randomize_va_space=0")
	}
	if len(w.f.swaps()) > 0 {
		w.ill(Warn, "swapping", "the host swaps", "no swap", "what the host swaps in and out slows runs down", "swapoff -a")
	}
}

// load is what else runs at this moment.
func (w *ward) load() {
	if w.f.Exists["/proc/pressure/cpu"] {
		w.ok("psi", "the kernel counts what is waited for")
	} else {
		w.ill(Warn, "psi", "off", "on", "that a run waited for a core does not show", "boot with psi=1")
	}
	fields := strings.Fields(w.f.text("/proc/loadavg"))
	if len(fields) == 0 {
		return
	}
	load, err := strconv.ParseFloat(fields[0], 64)
	cores := w.f.cores()
	found := fmt.Sprintf("%.2f, cores: %d", load, cores)
	switch {
	case err != nil || cores == 0:
	case load > float64(cores)/2:
		w.ill(Warn, "load", found, "less than half of the cores", "runs wait for others", "ps -eo pcpu,args --sort=-pcpu | head")
	default:
		w.ok("load", found)
	}
}
