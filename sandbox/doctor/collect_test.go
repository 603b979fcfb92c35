package doctor

import (
	"context"
	"os"
	"slices"
	"testing"

	"judge/policy"
	"judge/sandbox"
	"judge/sandbox/internal/network"
)

// TestExamine asks this host, which is one that judge is tested on.
func TestExamine(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	f := Collect(context.Background())
	if f.Refused != nil || f.Run.Failure != nil || f.Run.Status != "ok" || f.Run.Setup <= 0 {
		t.Fatalf("refused: %+v, run: %+v", f.Refused, f.Run)
	}
	for _, c := range probedCalls() {
		if errno, asked := f.Calls[c.name]; !asked || errno != 0 {
			t.Errorf("%s: asked: %t, answer: %v", c.name, asked, errno)
		}
	}
	for _, name := range []string{"/proc/self/mountinfo", "/proc/self/cgroup", "/proc/self/status", "/proc/stat", "/proc/sys/kernel/core_pattern"} {
		if f.Files[name] == "" {
			t.Errorf("%s was not read", name)
		}
	}
	if f.Kernel == "" || f.Arch == "" || f.OpenFiles == 0 || f.Free["/run"] == 0 {
		t.Errorf("kernel %q, arch %q, open files %d, free %v", f.Kernel, f.Arch, f.OpenFiles, f.Free)
	}
	if h := f.hierarchies(); h.over != f.Cgroup {
		t.Errorf("the doctor reads cgroup %s off mountinfo, judge run uses %s", h.over, f.Cgroup)
	}
	for dir, may := range f.OwnCgroups {
		if !may {
			t.Errorf("root may not write in %s", dir)
		}
	}
	if f.NoBridge == nil && f.loadsNothing() {
		for _, part := range []string{network.PartNamespace, network.PartSettings, network.PartVeth, network.PartBridge, network.PartNftables, network.PartNAT} {
			if what, tried := f.Networks[part]; !tried || what != "" {
				t.Errorf("%s: tried: %t, %s", part, tried, what)
			}
		}
	}
	d := Diagnose(f)
	if d.Safe.Answer == No || slices.Contains(d.Fair.Because, "a run to measure") {
		t.Errorf("safely: %+v, fairly: %+v", d.Safe, d.Fair)
	}
	wellFormed(t, d, "")
}

// TestReadyAgrees: what a run would say is what the doctor says.
func TestReadyAgrees(t *testing.T) {
	p, ok := policy.Builtin("default")
	if !ok {
		t.Fatal("no default policy")
	}
	info, unheld, ready := sandbox.Ready(p)
	report, ran := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/bin/true"}}, p)
	if (ready == nil) != (ran == nil) || ready != nil && ready.Error() != ran.Error() {
		t.Errorf("ready: %v, run: %v", ready, ran)
	}
	if ran == nil && (report.Host.Cgroup != info.Cgroup || len(report.Unenforced) != len(unheld)) {
		t.Errorf("ready: %+v %v, run: %+v %v", info, unheld, report.Host, report.Unenforced)
	}
}

// TestLoadsNothing: networks are only tried where the kernel loads nothing for it.
func TestLoadsNothing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts func(*Facts)
		want  bool
	}{
		{"a kernel with modules, none of them loaded", func(f *Facts) {}, false},
		{"no modules at all", func(f *Facts) { delete(f.Exists, "/proc/modules") }, true},
		{"/proc cannot be read", func(f *Facts) { delete(f.Exists, "/proc/modules"); delete(f.Files, "/proc/filesystems") }, false},
		{"loading is over", func(f *Facts) { f.Files["/proc/sys/kernel/modules_disabled"] = "1" }, true},
		{"no helper", func(f *Facts) { f.Files["/proc/sys/kernel/modprobe"] = "" }, true},
		{"all loaded", func(f *Facts) {
			for _, name := range lookedFor() {
				f.Exists[name] = true
			}
		}, true},
		{"all but one", func(f *Facts) {
			for _, name := range lookedFor() {
				f.Exists[name] = name != "/sys/module/nft_masq"
			}
		}, false},
	} {
		f := Facts{Kernel: "5.15.0", Files: map[string]string{"/proc/filesystems": "nodev\tproc", "/proc/sys/kernel/modprobe": "/sbin/modprobe",
			"/proc/sys/kernel/modules_disabled": "0"}, Exists: map[string]bool{"/proc/modules": true}}
		tt.facts(&f)
		if got := f.loadsNothing(); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
