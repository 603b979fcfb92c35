package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A kit is what the runners run: the floor, the payloads, and a root file system
// that holds them, in a directory of its own.
type kit struct {
	dir    string
	floor  string
	rootfs string // the payloads at its top, beside the mount points
	bundle string // the same, as an OCI bundle for crun
}

// buildKit compiles the C programs of this directory with the host's cc.
func buildKit() (*kit, error) {
	dir, err := os.MkdirTemp("", "judge-bench-")
	if err != nil {
		return nil, err
	}
	// Runs have a uid of their own and must get through.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	k := &kit{dir: dir, floor: filepath.Join(dir, "floor"), rootfs: filepath.Join(dir, "rootfs"),
		bundle: filepath.Join(dir, "bundle")}
	if err := k.fill(); err != nil {
		return nil, errors.Join(err, k.remove())
	}
	return k, nil
}

func (k *kit) fill() error {
	for _, name := range []string{"proc", "tmp", "dev", "box", "sys", "etc", "usr"} {
		if err := os.MkdirAll(filepath.Join(k.rootfs, name), 0o755); err != nil {
			return err
		}
	}
	static := []string{"-O2", "-static", "-s", "-Wall", "-Wextra"}
	small := append([]string{"-nostdlib", "-Wl,--build-id=none", "-Wl,-z,noseparate-code"}, static...)
	if err := compile("bench/floor/floor.c", k.floor, static); err != nil {
		return err
	}
	for _, name := range []string{"exit", "true", "pause", "spin", "work", "milli"} {
		flags := static
		if name == "exit" {
			flags = small
		}
		if err := compile("bench/payload/"+name+".c", k.payload(name), flags); err != nil {
			return err
		}
	}
	return k.writeBundle()
}

// payload is the host's path of a payload; inside, its name is "/"+name.
func (k *kit) payload(name string) string { return filepath.Join(k.rootfs, name) }

func compile(source, program string, flags []string) error {
	cmd := exec.Command("cc", append(flags, "-o", program, source)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s(to be run from the top of the repository)", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// remove takes away the kit, and the cgroups that its programs share.
func (k *kit) remove() error {
	shared, err := filepath.Glob("/sys/fs/cgroup/*/judge-floor")
	if err != nil {
		return err
	}
	for _, dir := range append(shared, "/sys/fs/cgroup/judge-floor") {
		if rmErr := os.Remove(dir); rmErr != nil && !errors.Is(rmErr, os.ErrNotExist) {
			err = errors.Join(err, rmErr)
		}
	}
	return errors.Join(err, os.RemoveAll(k.dir))
}
