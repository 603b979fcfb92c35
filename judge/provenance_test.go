package judge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge/problem"
)

func TestCPUOf(t *testing.T) {
	for _, c := range []struct{ name, cpuinfo, model, microcode string }{
		{"x86: the first processor's", "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nmicrocode\t: 0x2b000643\n\nprocessor\t: 1\nmodel name\t: Other\n", "Some CPU @ 2.10GHz", "0x2b000643"},
		{"arm64 has numbers", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n", "implementer 0x41 part 0xd0c variant 0x3 revision 1", ""},
		{"a file that says nothing", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if model, microcode := cpuOf(c.cpuinfo); model != c.model || microcode != c.microcode {
				t.Errorf("%q, %q; want %q, %q", model, microcode, c.model, c.microcode)
			}
		})
	}
}

// TestPackageDigest: it changes with what a submission is judged by, and with nothing else.
func TestPackageDigest(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("data/1.in", "3\n")
	write("data/1.ans", "9\n")
	write("submissions/a.c", "int main(){}")
	write("submissions/b/b.c", "int main(){}")
	p := &problem.Problem{Dir: dir, Submissions: []*problem.Submission{{Path: filepath.Join(dir, "submissions/a.c")}, {Path: filepath.Join(dir, "submissions/b")}}}
	first := packageDigest(p)
	if !strings.HasPrefix(first, "sha256:") || len(first) != len("sha256:")+64 {
		t.Fatalf("digest %q", first)
	}
	write("submissions/a.c", "other")
	write("submissions/b/c.c", "more")
	write(".git/index", "history")
	if got := packageDigest(p); got != first {
		t.Errorf("a submission changes it: %s, before %s", got, first)
	}
	write("data/1.ans", "8\n")
	second := packageDigest(p)
	if second == first {
		t.Error("an answer does not change it")
	}
	if err := os.Rename(filepath.Join(dir, "data/1.ans"), filepath.Join(dir, "data/2.ans")); err != nil {
		t.Fatal(err)
	}
	if got := packageDigest(p); got == second {
		t.Error("a name does not change it")
	}
}
