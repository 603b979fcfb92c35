// Package built gives tests the programs that they run: it builds them, or
// takes them from the directory that $JUDGE_BUILT names, where they were built
// before. A machine that emulates its processor would build for longer than the
// tests run (testcases/vm).
package built

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// store is where programs were built before, or "".
func store() string { return os.Getenv("JUDGE_BUILT") }

// C compiles a file to the given path, with these arguments of gcc before its
// name and the libraries behind it. In a store programs are found by what they
// are made of; what it lacks is compiled, and kept in it if that can be written.
func C(path, source string, args []string, libraries ...string) error {
	dir := store()
	if dir == "" {
		return gcc(path, source, args, libraries)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	kept := filepath.Join(dir, fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %q %s", args, libraries, text))))
	if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
		if err := gcc(path, source, args, libraries); err != nil {
			return err
		}
		// Under another name first: nobody may find half of it.
		half := fmt.Sprintf("%s.%d", kept, os.Getpid())
		if copyFile(half, path) == nil {
			_ = os.Rename(half, kept) // the next one compiles it again, then
		}
		return nil
	}
	return copyFile(path, kept)
}

func gcc(path, source string, args, libraries []string) error {
	all := append(append([]string{}, args...), "-o", path, source)
	out, err := exec.Command("gcc", append(all, libraries...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("gcc %s: %w: %s", source, err, out)
	}
	return nil
}

// Case compiles a program of testcases as their format asks for
// (conformance/README.md), with the extra words of @build.
func Case(path, source string, extra ...string) error {
	return C(path, source, []string{"-std=gnu11", "-O1", "-Wall", "-Wextra", "-static"}, extra...)
}

// Go builds a command of this module, cmd/NAME, to the given path. A store has
// it by its name.
func Go(path, name string, cgo bool) error {
	if dir := store(); dir != "" {
		return copyFile(path, filepath.Join(dir, name))
	}
	env := "CGO_ENABLED=0"
	if cgo {
		env = "CGO_ENABLED=1"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "judge/cmd/"+name)
	cmd.Env = append(os.Environ(), env)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build judge/cmd/%s: %w: %s", name, err, out)
	}
	return nil
}

// copyFile copies: tests alter and remove what they are given. cp does it, for
// a program that this process had open for writing cannot be executed while
// another thread's child still holds the descriptor (golang.org/issue/22315).
func copyFile(path, from string) error {
	out, err := exec.Command("cp", from, path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("take what $JUDGE_BUILT has: %w: %s", err, out)
	}
	return os.Chmod(path, 0o755)
}
