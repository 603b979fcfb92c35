package doctor

import (
	"path"
	"slices"
	"strings"

	"judge/sandbox/internal/network"
	"judge/sandbox/internal/procfs"
)

// A netPart is something of the kernel's that a network is made of.
type netPart struct {
	name    string
	modules []string // that the kernel would load for it
	options []string // of the kernel's configuration, which have it; the modules', and what is no module
	mark    Mark     // where it is missing
	without string   // what is refused then
}

// netParts of Linux `release`; the modules are those of net/netfilter/Makefile,
// net/ipv4/netfilter/Makefile and net/sched/Makefile.
func netParts(release string) []netPart {
	const all = "judge run refuses --net bridge"
	rules := []string{"nfnetlink", "nf_tables", "nf_conntrack", "nft_ct", "nft_reject", "nft_reject_ipv4"}
	if procfs.Older(release, "5.17") {
		rules = append(rules, "nft_counter") // since then it is a part of nf_tables
	}
	return []netPart{
		{network.PartVeth, []string{"veth"}, []string{"CONFIG_VETH"}, Fail, all},
		{network.PartBridge, []string{"bridge"}, []string{"CONFIG_BRIDGE"}, Fail, all},
		{network.PartNftables, rules, []string{"CONFIG_NF_TABLES", "CONFIG_NF_TABLES_IPV4", "CONFIG_NF_TABLES_BRIDGE", "CONFIG_NFT_CT", "CONFIG_NFT_REJECT_IPV4"}, Fail, all},
		{network.PartNAT, []string{"nf_nat", "nft_chain_nat", "nft_masq"}, []string{"CONFIG_NF_NAT", "CONFIG_NFT_NAT", "CONFIG_NFT_MASQ"}, Warn,
			"judge run refuses network.bridge.internet and allow"},
		{network.PartRate, []string{"sch_tbf"}, []string{"CONFIG_NET_SCH_TBF"}, Warn, "judge run refuses network.bridge.rate"},
	}
}

// networks are what --net bridge gives. What is marked here leaves the other verdicts as they are.
func (w *ward) networks() {
	switch no := w.f.NoBridge; {
	case w.f.Refused != nil || w.f.Run.Failure != nil:
		w.ill(Fail, "bridged runs", "no run begins here at all", "a host on which judge run begins", "judge run refuses --net bridge, too", "see the finding: run")
		return
	case no != nil:
		w.ill(Fail, "bridged runs", no.What, "the host's root", "judge run refuses --net bridge and --net host", no.Hint)
		return
	}
	w.ok("bridged runs", "judge run begins them")
	if what, tried := w.f.Networks[network.PartNamespace]; tried && what != "" {
		w.ill(Fail, network.PartNamespace, what, "one for a bridge, and one for a run", "judge run refuses --net bridge", "sysctl -w user.max_net_namespaces=10000")
	}
	if what, tried := w.f.Networks[network.PartSettings]; tried && what != "" {
		w.ill(Fail, network.PartSettings, what, "a /proc/sys/net that can be written", "judge run refuses --net bridge",
			"docker run --security-opt systempaths=unconfined ...\nor: mount -o remount,rw /proc/sys")
	}
	for _, p := range netParts(w.f.Kernel) {
		w.netPart(p)
	}
}

func (w *ward) netPart(p netPart) {
	needed := strings.Join(p.options, ", ")
	what, tried := w.f.Networks[p.name]
	absent := w.f.modulesThat(p.modules, absent)
	switch asleep := w.f.modulesThat(p.modules, loadable); {
	case tried && what == "":
		w.ok(p.name, "there: tried in a namespace of its own")
	case len(absent) > 0:
		w.ill(p.mark, p.name, "not in this kernel, nor in "+w.f.modulesDir()+": "+strings.Join(absent, ", "), needed, p.without,
			"install the rest of this kernel's modules (linux-modules-extra-"+w.f.Kernel+" of Ubuntu, kernel-modules-extra of Red Hat),\nor boot a kernel that has them")
	case len(asleep) > 0 && w.f.loadsNone() != "":
		w.ill(p.mark, p.name, "not loaded, and "+w.f.loadsNone()+": "+strings.Join(asleep, ", "), needed, p.without,
			"load them at boot, before that is so: a line each in /etc/modules-load.d/judge.conf")
	case tried:
		w.ill(p.mark, p.name, what, needed, p.without, "boot a kernel that has them")
	case len(asleep) > 0:
		w.ok(p.name, "modules, which the first run that needs them loads: "+strings.Join(asleep, ", "))
	case len(w.f.modulesThat(p.modules, unknown)) > 0:
		w.ill(Warn, p.name, "not known: it was not tried, for that could load modules, and "+w.f.modulesDir()+" does not tell", needed,
			"if it is missing, "+p.without, "judge run --net bridge true   # tries it")
	default:
		w.ok(p.name, "there")
	}
}

// A presence is how much of a module there is.
type presence int

const (
	unknown presence = iota
	absent
	loadable
	present // loaded, or built in
)

// moduleDirs are where the modules of a kernel are, and the lists that depmod(8)
// and the kernel's build make of them.
func moduleDirs(release string) []string {
	return []string{"/lib/modules/" + release, "/run/booted-system/kernel-modules/lib/modules/" + release} // the latter is NixOS's
}

var moduleLists = [...]string{"modules.builtin", "modules.dep"}

// modulesDir is the one that is there, else the usual one.
func (f Facts) modulesDir() string {
	dirs := moduleDirs(f.Kernel)
	for _, dir := range dirs {
		if f.text(path.Join(dir, "modules.dep")) != "" {
			return dir
		}
	}
	return dirs[0]
}

// module says what there is of one. /sys/module has those that are loaded, and of
// those that are built in the ones with parameters (Documentation/ABI/stable/sysfs-module).
func (f Facts) module(name string) presence {
	builtin, dep := f.text(path.Join(f.modulesDir(), "modules.builtin")), f.text(path.Join(f.modulesDir(), "modules.dep"))
	file := "/" + name + ".ko" // more may follow: .xz, .zst
	switch {
	case f.Exists["/sys/module/"+name] || strings.Contains(builtin, file):
		return present
	case strings.Contains(dep, file):
		return loadable
	case builtin == "" || dep == "":
		return unknown
	}
	return absent
}

func (f Facts) modulesThat(names []string, are presence) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return f.module(name) != are })
}

// loadsNone says why the kernel loads no module by itself; "" if it does. (proc_sys_kernel(5);
// request_module in kernel/module/kmod.c does nothing where kernel.modprobe is empty.)
func (f Facts) loadsNone() string {
	helper, known := f.Files["/proc/sys/kernel/modprobe"]
	switch {
	case f.text("/proc/sys/kernel/modules_disabled") == "1":
		return "kernel.modules_disabled = 1"
	case known && helper == "":
		return "kernel.modprobe is empty"
	case f.text("/proc/filesystems") != "" && !f.Exists["/proc/modules"]:
		return "this kernel has no modules" // CONFIG_MODULES
	}
	return ""
}

// loadsNothing says whether the kernel would load no module for an attempt at all
// parts: it loads none, or has what it needs.
func (f Facts) loadsNothing() bool {
	if f.loadsNone() != "" {
		return true
	}
	for _, p := range netParts(f.Kernel) {
		if len(f.modulesThat(p.modules, present)) < len(p.modules) {
			return false
		}
	}
	return true
}
