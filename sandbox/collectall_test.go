package sandbox_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"judge/policy"
	"judge/sandbox"
)

func TestCollectAll(t *testing.T) {
	dir, secret, untouched := host(t)
	defer untouched()
	all := filepath.Join(t.TempDir(), "all")
	script := `mkdir -p a/b && echo deep >a/b/c && echo x >run && chmod 755 run
ln -s ` + filepath.Join(dir, "secret") + ` link; ln -s ` + dir + ` dirlink; mkfifo fifo; truncate -s 300M holes; chmod 0 a/b/c; mkdir -m 0 shut`
	r, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: []string{"sh", "-c", script}, Inside: true, CollectAll: all, Capture: true,
	}, builtin(t, "compile"))
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%+v, %v", r, err)
	}
	want := []string{"---------- a/b/c", "---------- run", "d--------- a", "d--------- a/b", "d--------- shut"}
	if got := names(t, all); !slices.Equal(sorted(got), want) {
		t.Errorf("collected %q, want %q", got, want)
	}
	if info, err := os.Stat(filepath.Join(all, "run")); err != nil || info.Mode() != 0o755 {
		t.Errorf("run: %v, %v", info, err)
	}
	var refused []string
	for _, c := range r.Collected {
		refused = append(refused, c.Name)
		if strings.Contains(c.Refused, secret) || c.Path != "" {
			t.Errorf("%+v", c)
		}
	}
	if want := []string{"dirlink", "fifo", "holes", "link"}; !slices.Equal(sorted(refused), want) {
		t.Errorf("refused %q, want %q", refused, want)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// A run that fills its disk with files that are mostly holes does not fill the host's.
func TestCollectAllIsBounded(t *testing.T) {
	all := filepath.Join(t.TempDir(), "all")
	p := builtin(t, "default")
	p.Limits.Disk = 64 * policy.MiB
	r, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8; do truncate -s 20M $i; done"}, Inside: true, CollectAll: all,
	}, p)
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := names(t, all); len(got) != 3 || len(r.Collected) != 5 {
		t.Errorf("collected %q, refused %v", got, r.Collected)
	}
}

// A path that would be too long outside is refused, as what else the program
// made: judge has not failed.
func TestCollectAllOfLongPaths(t *testing.T) {
	all := filepath.Join(t.TempDir(), "all")
	const deep = `
import os
open("good", "w").write("good")
for _ in range(20):
    name = "d" * 250
    os.mkdir(name)
    os.chdir(name)
    open("f" * 250, "w").write("x")
`
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/usr/bin/python3", "-c", deep}, CollectAll: all}, builtin(t, "default"))
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %.300s, %v", r.Status, r.Reason, err != nil)
	}
	if data, err := os.ReadFile(filepath.Join(all, "good")); err != nil || string(data) != "good" {
		t.Errorf("%q, %v", data, err)
	}
	if len(r.Collected) == 0 {
		t.Error("nothing was refused")
	}
	for _, c := range r.Collected {
		if c.Refused != "its path is too long" {
			t.Errorf("%.20s... was refused: %s", c.Name, c.Refused)
		}
	}
}

// A file of the host of that name is not what Inside means.
func TestInside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "true"), []byte("#!/bin/sh\nexit 7\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, name := range []string{"true", "./true", filepath.Join(dir, "true")} {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{name}, Inside: true}, builtin(t, "strict"))
		if want := map[string]sandbox.Status{"true": sandbox.StatusOK}[name]; err != nil || r.Status != want && (want != "" || r.Status != sandbox.StatusCannotStart) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
