package doctor

import (
	"context"
	"os"
	"slices"
	"testing"

	"judge/policy"
	"judge/sandbox"
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
