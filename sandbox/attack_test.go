package sandbox_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"judge/sandbox"
	"judge/testcases/built"
)

// attacks are programs of testcases/ that try to get out, and say of each
// attempt what became of it. There they run under strict, which ends a run at
// the first forbidden call.
var attacks = []string{
	"conformance/cases/chroot-breakout", "conformance/cases/device-nodes", "conformance/cases/kernel-syscalls",
	"conformance/cases/mount-classic", "conformance/cases/privileges", "conformance/cases/proc-exe",
	"conformance/cases/proc-sys-write", "conformance/cases/setuid-exec", "conformance/cases/unshare-all",
	"hostile/ok/become-root", "hostile/ok/clone3-namespaces", "hostile/ok/host-names", "hostile/ok/init-open", "hostile/ok/init-settings",
	"hostile/ok/links-to-others", "hostile/ok/through-own-memory",
	"hostile/syscall/init-seized", "hostile/syscall/sockets-rare",
}

// header finds the words of a line of a program's header.
func header(source, key string) []string {
	for line := range strings.Lines(source) {
		if rest, ok := strings.CutPrefix(line, " * @"+key+" "); ok {
			return strings.Fields(rest)
		}
	}
	return nil
}

// TestAttacksUnderOtherPolicies: where the filter answers with an error, what
// lies behind it must hold, too.
func TestAttacksUnderOtherPolicies(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("feature missing: gcc")
	}
	for _, attack := range attacks {
		t.Run(filepath.Base(attack), func(t *testing.T) {
			file := filepath.Join("..", "testcases", attack+".c")
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(t.TempDir(), filepath.Base(attack))
			if err := built.Case(program, file, header(string(source), "build")...); err != nil {
				t.Fatal(err)
			}
			each := header(string(source), "each")
			if len(each) == 0 {
				each = []string{"once"}
			}
			for _, word := range each {
				for _, policy := range []string{"default", "compile"} {
					attackUnder(t, policy, program, word, header(string(source), "args"))
				}
			}
		})
	}
}

func attackUnder(t *testing.T, policy, program, word string, args []string) {
	t.Helper()
	dir, secret, untouched := host(t)
	argv := []string{program}
	for _, a := range args {
		argv = append(argv, strings.NewReplacer("{each}", word, "{canary}", dir+"/secret").Replace(a))
	}
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: argv, Capture: true}, builtin(t, policy))
	if err != nil {
		t.Fatal(err)
	}
	out := *r.Stdout
	if r.Status != sandbox.StatusOK && r.Status != sandbox.StatusSyscall || strings.Contains(out, "ESCAPED") || strings.Contains(out, secret) {
		t.Errorf("%q under %s: %s %s\n%s", argv[1:], policy, r.Status, r.Reason, out)
	}
	untouched()
}

// TestStartInADescriptor: a run that is to start in what some descriptor of its
// makers leads to (CVE-2024-21626 of runc) is refused.
func TestStartInADescriptor(t *testing.T) {
	program := actor(t)
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), program)
	places := []string{"/proc", "/proc/self/cwd", "/proc/1/cwd", "/proc/1/root", "/proc/self/root", "/proc/thread-self/cwd", "/box/../proc//self/fd/5", "/dev/fd/5", "/dev/stdin", "/dev"}
	for fd := range 24 {
		places = append(places, "/proc/self/fd/"+strconv.Itoa(fd), "/proc/1/fd/"+strconv.Itoa(fd))
	}
	for _, rootfs := range []string{"host", root} {
		for _, place := range places {
			p := builtin(t, "default")
			p.Filesystem.Rootfs, p.Filesystem.Workdir = rootfs, place
			var usage *sandbox.UsageError
			if _, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"true"}}, p); !errors.As(err, &usage) {
				t.Errorf("--workdir %s: %v", place, err)
			}
		}
	}
}
