package built

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestC(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "a.c")
	write := func(status string) {
		t.Helper()
		if err := os.WriteFile(source, []byte("int main(void) { return "+status+"; }\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ends := func(want int) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a")
		if err := Case(path, source); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path)
		if _ = cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%v, want status %d", cmd.ProcessState, want)
		}
	}
	t.Setenv("JUDGE_BUILT", "")
	write("3")
	ends(3)
	t.Setenv("JUDGE_BUILT", dir)
	ends(3)
	kept, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("beside the source: %q %v, want one program", kept, err)
	}
	write("4") // another source is another program
	ends(4)
	write("3")
	noCompiler := t.TempDir() // it must be there
	cp, err := exec.LookPath("cp")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(cp, filepath.Join(noCompiler, "cp")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", noCompiler)
	ends(3)
	if err := Case(filepath.Join(t.TempDir(), "b"), source, "-lm"); err == nil {
		t.Error("what was not built before is there without a compiler")
	}
}

func TestGoIsNotBuiltInAStore(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("JUDGE_BUILT", dir)
	path := filepath.Join(t.TempDir(), "judge")
	if err := Go(path, "judge", false); err == nil {
		t.Error("what was not built before is there")
	}
	if err := os.WriteFile(filepath.Join(dir, "judge"), []byte("as it was built"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Go(path, "judge", false); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "as it was built" {
		t.Errorf("%q %v", data, err)
	}
}
