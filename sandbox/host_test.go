package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"judge/sandbox/internal/plan"
)

func TestTimeNamespaces(t *testing.T) {
	for release, want := range map[string]bool{
		"6.1.0": true, "6.18.44-fc-v669": true, "7.0": true, "6.0.19": false, "5.15.0-91-generic": false, "": false, "x": false,
	} {
		if got := timeNamespaces(release); got != want {
			t.Errorf("%q: %v", release, got)
		}
	}
}

// TestPresent: nothing is hidden that is not there, empty, or root's alone.
func TestPresent(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("open"), nil, 0o644), os.WriteFile(at("closed"), nil, 0o600), os.WriteFile(at("to-write"), nil, 0o600),
		os.Chmod(at("to-write"), 0o602), os.Mkdir(at("empty"), 0o755), os.MkdirAll(at("full/sub"), 0o755)); err != nil {
		t.Fatal(err)
	}
	var all []plan.Mask
	for _, name := range []string{"open", "closed", "to-write", "none"} {
		all = append(all, plan.Mask{Path: at(name)})
	}
	for _, name := range []string{"empty", "full", "gone"} {
		all = append(all, plan.Mask{Path: at(name), Dir: true})
	}
	want := []plan.Mask{{Path: at("open")}, {Path: at("to-write")}, {Path: at("full"), Dir: true}}
	if got := present(all); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
