package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/testcases/built"
)

// bundle is one that runc and crun run as it is, with busybox alone in its root.
func bundle(t *testing.T, change func(*specs.Spec)) string {
	t.Helper()
	dir := t.TempDir()
	for up := dir; up != "/" && up != os.TempDir(); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(dir, "rootfs", "bin")
	for _, d := range []string{bin, "rootfs/proc", "rootfs/sys", "rootfs/dev", "rootfs/tmp", "rootfs/etc", "rootfs/data", "ro", "rw"} {
		if !filepath.IsAbs(d) {
			d = filepath.Join(dir, d)
		}
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Skip("feature missing: busybox-static: ", err)
	}
	err = errors.Join(os.WriteFile(filepath.Join(bin, "busybox"), data, 0o755), os.WriteFile(filepath.Join(dir, "ro", "file"), []byte("content\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "rootfs", "etc", "text"), []byte("of the root\n"), 0o644), os.Chmod(filepath.Join(dir, "rw"), 0o777), os.Chmod(filepath.Join(dir, "rootfs", "tmp"), 0o777|os.ModeSticky))
	for _, name := range []string{"sh", "ls", "cat", "id", "hostname", "env", "sleep", "touch", "pwd", "chmod", "mkdir", "dd", "sort", "kill", "true", "stty", "tty", "uname", "grep", "head", "wc"} {
		err = errors.Join(err, os.Symlink("busybox", filepath.Join(bin, name)))
	}
	config, err2 := os.ReadFile(filepath.Join("..", "..", "oci", "testdata", "runc-spec.json"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	var spec specs.Spec
	if err := json.Unmarshal(config, &spec); err != nil {
		t.Fatal(err)
	}
	spec.Process.Terminal = false
	spec.Process.User = specs.User{UID: 1000, GID: 1000}
	change(&spec)
	if config, err = json.Marshal(spec); err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// programs are judge and its sibling, beside each other.
func programs(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: judge makes namespaces and cgroups")
	}
	dir := t.TempDir()
	for name, cgo := range map[string]bool{"judge": false, "judge-oci": false, "judge-seccomp": true} {
		if err := built.Go(filepath.Join(dir, name), name, cgo); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "judge")
}

func execute(t *testing.T, name string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("typed\n"), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	status = cmd.ProcessState.ExitCode()
	if w := cmd.ProcessState.Sys().(syscall.WaitStatus); w.Signaled() {
		status = 128 + int(w.Signal())
	}
	return status, out.String(), errs.String()
}

// TestAsRunc: what a program in a bundle sees and how it ends is what it sees and
// how it ends under runc and crun, where judge does not say that it does otherwise.
func TestAsRunc(t *testing.T) {
	judge := programs(t)
	sh := func(script string) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Process.Args = []string{"sh", "-c", script} }
	}
	with := func(script string, more func(*specs.Spec)) func(*specs.Spec) {
		return func(s *specs.Spec) { sh(script)(s); more(s) }
	}
	filter := func(f specs.LinuxSeccomp) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Seccomp = &f }
	}
	errno := uint(13)
	for name, change := range map[string]func(*specs.Spec){
		"status":    sh("exit 42"),
		"signal":    sh(`sh -c 'kill -TERM $$; sleep 5'; echo $?`),
		"streams":   sh("cat; echo out"),
		"arguments": func(s *specs.Spec) { s.Process.Args = []string{"/bin/sh", "-c", `echo "$0|$1|$#"`, "a b", "", "ü"} },
		"identity":  sh("id -u; id -g; hostname; pwd"),
		"other id":  with("id -u; id -g", func(s *specs.Spec) { s.Process.User = specs.User{UID: 4711, GID: 4712} }),
		"root":      with("id -u; id -g", func(s *specs.Spec) { s.Process.User = specs.User{} }),
		"hostname":  with("hostname; uname -n", func(s *specs.Spec) { s.Hostname = "a-name" }),
		"workdir":   with("pwd; cat text", func(s *specs.Spec) { s.Process.Cwd = "/etc" }),
		"environment": with("echo $A$B; env | grep -c ^PATH", func(s *specs.Spec) {
			s.Process.Env = append(s.Process.Env, "A=1 2", "B==", "HOME=/x", "LANG=C", "TMPDIR=/tmp")
		}),
		"limits": with("ulimit -Hn; ulimit -n; ulimit -f", func(s *specs.Spec) {
			s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Hard: 77, Soft: 77}, {Type: "RLIMIT_FSIZE", Hard: 1 << 20, Soft: 1 << 20}}
		}),
		"file size": with("dd if=/dev/zero of=/dev/shm/f bs=1k count=2000 2>/dev/null; echo $?; wc -c < /dev/shm/f", func(s *specs.Spec) {
			s.Process.Rlimits = append(s.Process.Rlimits, specs.POSIXRlimit{Type: "RLIMIT_FSIZE", Hard: 1 << 20, Soft: 1 << 20})
		}),
		"read-only root": sh("touch /bin/x 2>/dev/null || echo refused; touch /x 2>/dev/null || echo refused; cat /etc/text"),
		"shared memory":  sh("echo text > /dev/shm/f && cat /dev/shm/f; ls -d /dev/shm"),
		"a tmpfs": with("echo text > /tmp/f && cat /tmp/f", func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "mode=1777"}})
		}),
		"a bind": with("cat /data/file; touch /data/new 2>/dev/null || echo refused", func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/data", Type: "bind", Source: "ro", Options: []string{"rbind", "ro"}})
		}),
		"a writable bind": with("echo new > /data/new; cat /data/new; ls /data", func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/data", Type: "bind", Source: "rw", Options: []string{"rbind"}})
		}),
		"a program in a bind": func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/data", Type: "bind", Source: "rootfs/bin", Options: []string{"rbind", "ro"}})
			s.Process.Args = []string{"/data/busybox", "echo", "from there"}
		},
		"masked":    sh("cat /proc/kcore | head -c 5 | wc -c; cat /proc/keys | wc -c; cat /proc/timer_list 2>/dev/null | wc -c; ls /proc/acpi /sys/firmware /proc/scsi 2>/dev/null | grep -v : | grep -c ."),
		"settings":  sh("echo 1 > /proc/sys/kernel/panic || echo refused; echo b > /proc/sysrq-trigger || echo refused; true"),
		"no rights": with("chmod 600 /etc/text 2>/dev/null || echo refused; grep NoNewPrivs /proc/self/status", func(s *specs.Spec) { s.Process.Capabilities = nil }),
		"memory": with("x=$(head -c 60000000 /dev/zero | sed s/./ab/g 2>/dev/null); dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null", func(s *specs.Spec) {
			limit := int64(32 << 20)
			s.Linux.Resources.Memory = &specs.LinuxMemory{Limit: &limit, Swap: &limit}
			s.Process.Args = []string{"dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"}
		}),
		"processes": with("(sleep 1 & sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait) 2>/dev/null || echo refused", func(s *specs.Spec) {
			limit := int64(4)
			s.Linux.Resources.Pids = &specs.LinuxPids{Limit: &limit}
		}),
		"a filter": with("chmod 600 /dev/shm 2>/dev/null || echo refused; echo on", filter(specs.LinuxSeccomp{
			DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"chmod", "fchmod", "fchmodat", "fchmodat2"}, Action: specs.ActErrno, ErrnoRet: &errno}},
		})),
		"a filter with conditions": with("kill -0 $$ && echo zero; kill -USR1 $$ 2>/dev/null || echo refused", filter(specs.LinuxSeccomp{
			DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchAARCH64},
			Syscalls: []specs.LinuxSyscall{{Names: []string{"kill"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 1, Value: 10, Op: specs.OpEqualTo}}}},
		})),
		"a filter that kills": with("exec chmod 600 /dev/shm", filter(specs.LinuxSeccomp{
			DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"chmod", "fchmod", "fchmodat", "fchmodat2"}, Action: specs.ActKillThread}},
		})),
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := execute(t, judge, "oci", "run", "--quiet", "--report", os.DevNull, bundle(t, change))
			compared := 0
			for _, runtime := range []string{"runc", "crun"} {
				path, err := exec.LookPath(runtime)
				if err != nil {
					continue
				}
				// crun takes no host with an empty cgroup2 beside those of version 1: in a mount namespace there is none.
				const alone = `umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"`
				id := fmt.Sprintf("judge-oracle-%d-%s", os.Getpid(), strings.ReplaceAll(name, " ", "-"))
				theirs, theirOut, theirErrs := execute(t, "unshare", "-m", "sh", "-c", alone, "sh", path, "run", "--bundle", bundle(t, change), id)
				compared++
				if status != theirs || out != theirOut {
					t.Errorf("judge: %d %q (%s)\n%s: %d %q (%s)", status, out, errs, runtime, theirs, theirOut, theirErrs)
				}
			}
			if compared == 0 {
				t.Skip("feature missing: runc or crun that can run a bundle here")
			}
		})
	}
}

// TestBundle: what is said of a bundle, and that nothing starts where judge cannot do what it asks.
func TestBundle(t *testing.T) {
	judge := programs(t)
	good := bundle(t, func(s *specs.Spec) {
		s.Process.Args, s.Domainname = []string{"sh", "-c", "echo hello; touch /etc/mark /dev/shm/x 2>/dev/null"}, "d\x1b[2J"
	})
	status, out, errs := execute(t, judge, "oci", "run", "--report", "-", good)
	if status != 1 || !strings.HasPrefix(out, "hello\n{") || !strings.Contains(errs, "judge: note: domainname: ") || strings.Contains(errs, "\x1b") || !strings.Contains(out, `"policy":{"name":"oci"`) {
		t.Errorf("%d %q %q", status, out, errs)
	}
	if _, err := os.Lstat(filepath.Join(good, "rootfs", "etc", "mark")); err == nil {
		t.Error("the bundle was written to")
	}
	status, out, errs = execute(t, judge, "oci", "run", "-vq", "--hostname", "flag", "--report", os.DevNull, "--", bundle(t, func(s *specs.Spec) { s.Process.Args = []string{"hostname"} }))
	if status != 0 || out != "flag\n" || errs != "" {
		t.Errorf("with flags: %d %q %q", status, out, errs)
	}
	status, out, errs = execute(t, judge, "oci", "run", "-q", "--report", os.DevNull, bundle(t, func(s *specs.Spec) { s.Process.Args = []string{"/usr/bin/id"} }))
	if status != 127 || out != "" {
		t.Errorf("a program that only the host has: %d %q %q", status, out, errs)
	}
	status, out, errs = execute(t, judge, "oci", "run", "-q", "--report", os.DevNull, bundle(t, func(s *specs.Spec) {
		s.Process.Terminal, s.Process.Args = true, []string{"sh", "-c", "stty -echo; tty"}
	}))
	if status != 0 || !strings.Contains(out, "/dev/pts/0") {
		t.Errorf("with a terminal: %d %q %q", status, out, errs)
	}
	bad := bundle(t, func(s *specs.Spec) {
		s.Hooks = &specs.Hooks{Poststart: []specs.Hook{{Path: "/bin/x"}}}
		s.Process.ApparmorProfile = "p"
	})
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"what judge cannot do": {[]string{"run", bad}, "config.json: process.apparmorProfile: "},
		"all of it":            {[]string{"run", bad}, "config.json: hooks.poststart: "},
		"no bundle":            {[]string{"run", "/nowhere"}, "hint: a bundle is a directory with a config.json"},
		"none named":           {[]string{"run"}, "takes a bundle"},
		"a flag last":          {[]string{"run", "-q"}, "takes a bundle"},
		"a policy":             {[]string{"run", "-p", "strict", good}, "-p: the bundle says that"},
		"one in one word":      {[]string{"run", "-pstrict", good}, "-pstrict: the bundle says that"},
		"one among letters":    {[]string{"run", "-qp=strict", good}, "-qp: the bundle says that"},
		"two bundles":          {[]string{"run", good, good}, "takes one bundle"},
		"two after --":         {[]string{"run", "-q", "--", good, good}, "takes one bundle"},
		"two after a value":    {[]string{"run", "--memory", "64MiB", good, good}, "takes one bundle"},
		"two after a switch":   {[]string{"run", "--tty", good, good}, "takes one bundle"},
		"a value for a bundle": {[]string{"run", "--hostname", good}, "--hostname has no value, or there is no bundle after it"},
		"another command":      {[]string{"create", good}, `judge oci has no command "create"`},
		"a bad flag":           {[]string{"run", "--no-such=1", good}, "unknown flag --no-such"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, out, errs := execute(t, judge, append([]string{"oci"}, test.args...)...); status != 125 || out != "" || !strings.Contains(errs, test.want) {
				t.Errorf("%d %q %q", status, out, errs)
			}
		})
	}
}
