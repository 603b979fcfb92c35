package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// A link named as the source of a bind is what it leads to, as read-only as
// anything else.
func TestBindOfLink(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, []byte("host"), 0o666), os.Chmod(file, 0o666), os.Symlink(file, filepath.Join(dir, "abs")),
		os.Symlink("file", filepath.Join(dir, "rel")), os.Symlink("abs", filepath.Join(dir, "twice")), os.Symlink(dir, filepath.Join(dir, "dir"))); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"abs", "rel", "twice", "dir/abs", "dir"} {
		target := "/seen"
		if link == "dir" {
			target = "/seen/file"
		}
		p := builtin(t, "default")
		p.Filesystem.Bind = []policy.Bind{{Source: filepath.Join(dir, link), Target: "/seen", Readonly: true}}
		if r := readAt(t, p, actor(t), target); *r.Stdout != "host" {
			t.Errorf("bind of %s: %s, printed %q", link, r.Reason, *r.Stdout)
		}
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), "write", target}}, p)
		if err != nil || r.ExitCode == nil || *r.ExitCode != 100+int(unix.EROFS) {
			t.Errorf("bind of %s, read-only: writing gives %s: %s, %v", link, r.Status, r.Reason, err)
		}
		p.Filesystem.Bind[0].Readonly = false
		r, err = sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), "write", target}}, p)
		if data, readErr := os.ReadFile(file); err != nil || readErr != nil || string(data) != "hostw" {
			t.Errorf("bind of %s, writable: %s, %v; the file holds %q", link, r.Reason, err, data)
		}
		if err := os.WriteFile(file, []byte("host"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func readAt(t *testing.T, p policy.Policy, program, name string) sandbox.Report {
	t.Helper()
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{program, "read", name}, Capture: true}, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// In a rootfs that somebody made as root, nothing has power: no device, no
// set-user-ID bit, no capability of a file.
func TestRootfsWithoutPower(t *testing.T) {
	needRoot(t, "devices, and capabilities of files")
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	at := func(name string) string { return filepath.Join(root, name) }
	data, err := os.ReadFile(actor(t))
	if err != nil {
		t.Fatal(err)
	}
	caps := []byte{1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 1, 0, 0, 0, 0, 0, 0} // struct vfs_cap_data, version 2, all of them
	if err := errors.Join(os.WriteFile(at("suid"), data, 0o755), unix.Chmod(at("suid"), 0o6755),
		os.WriteFile(at("capable"), data, 0o755), unix.Setxattr(at("capable"), "security.capability", caps, 0)); err != nil {
		t.Fatal(err)
	}
	devices := map[string]uint32{"null": unix.S_IFCHR | 0o666, "kmsg": unix.S_IFCHR | 0o666, "disk": unix.S_IFBLK | 0o666}
	numbers := map[string]uint64{"null": unix.Mkdev(1, 3), "kmsg": unix.Mkdev(1, 11), "disk": unix.Mkdev(7, 0)}
	for name, mode := range devices {
		if err := errors.Join(unix.Mknod(at(name), mode, int(numbers[name])), os.Chmod(at(name), 0o666)); err != nil {
			t.Skip("feature missing: device nodes: ", err)
		}
	}
	p := builtin(t, "default")
	p.Filesystem.Rootfs = root
	for name := range devices {
		for _, do := range []string{"read", "write"} {
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/actor", do, "/" + name}}, p)
			if err != nil || r.ExitCode == nil || *r.ExitCode != 100+int(unix.EACCES) {
				t.Errorf("%s /%s: %s: %s, %v", do, name, r.Status, r.Reason, err)
			}
		}
	}
	for _, name := range []string{"/suid", "/capable"} {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{name, "id", "read", "/proc/self/status"}, Capture: true}, p)
		if err != nil || r.Status != sandbox.StatusOK {
			t.Errorf("%s: %s: %s, %v", name, r.Status, r.Reason, err)
			continue
		}
		var uid, gid int
		if _, err := fmt.Sscan(*r.Stdout, &uid, &gid); err != nil || uid < 1_900_000_000 || gid < 1_900_000_000 {
			t.Errorf("%s has the ids %d and %d, %v", name, uid, gid, err)
		}
		for _, line := range []string{fmt.Sprintf("Uid:\t%d\t%d\t%d\t%d\n", uid, uid, uid, uid), "CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n"} {
			if !strings.Contains(*r.Stdout, line) {
				t.Errorf("%s: no line %q in\n%s", name, line, *r.Stdout)
			}
		}
	}
}

// A rootfs may hold FIFOs, sockets, devices and files where judge wants
// directories, and what overlayfs takes for its own: whiteouts and attributes.
func TestRootfsOfOddThings(t *testing.T) {
	dir, secret, untouched := host(t)
	defer untouched()
	places := []string{"dev", "tmp", "box", "sys", "run", "mnt", "opt", "upper", "work", "root", "usr"}
	for name, put := range map[string]func(path string) error{
		"FIFOs":     func(path string) error { return unix.Mkfifo(path, 0o666) },
		"files":     func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"sockets":   func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o666, 0) },
		"devices":   func(path string) error { return unix.Mknod(path, unix.S_IFBLK|0o666, int(unix.Mkdev(7, 0))) },
		"whiteouts": func(path string) error { return unix.Mknod(path, unix.S_IFCHR|0o666, 0) },
		"nobody's":  func(path string) error { return os.Mkdir(path, lockedMode()&^0o077) },
		"opaque": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), unix.Setxattr(path, "trusted.overlay.opaque", []byte("y"), 0))
		},
		"redirected": func(path string) error {
			up := "/" + strings.Repeat("../", 20) + dir[1:]
			return errors.Join(os.Mkdir(path, 0o755), unix.Setxattr(path, "trusted.overlay.redirect", []byte(up), 0),
				unix.Setxattr(path, "user.overlay.redirect", []byte(dir), 0))
		},
		"metacopies": func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o666), unix.Setxattr(path, "trusted.overlay.metacopy", nil, 0),
				unix.Setxattr(path, "trusted.overlay.redirect", []byte(dir+"/secret"), 0))
		},
		"origins": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), unix.Setxattr(path, "trusted.overlay.origin", []byte("\x00\xfb\x1d\x00\x01none"), 0),
				unix.Setxattr(path, "trusted.overlay.impure", []byte("y"), 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
			for _, place := range append(places, "odd") {
				if err := put(filepath.Join(root, place)); errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPERM) {
					t.Skip("feature missing: ", name, " on the file system of tests: ", err)
				} else if err != nil {
					t.Fatal(err)
				}
			}
			before := names(t, root)
			for _, sys := range []string{"none", "ro"} {
				p := builtin(t, "default")
				p.Filesystem.Rootfs, p.Filesystem.Sys = root, sys
				args := strings.Fields("/actor list / list /dev file /box/x 1 file /tmp/x 1 file /dev/shm/x 1 write /dev/null read /proc/self/mountinfo")
				r, err := sandbox.Run(context.Background(), sandbox.Command{Args: args, Capture: true}, p)
				if err != nil || r.Status != sandbox.StatusOK {
					t.Fatalf("%s: %s, %v", r.Status, r.Reason, err)
				}
				if strings.Contains(*r.Stdout, dir) {
					t.Errorf("the host's names are seen:\n%s", *r.Stdout)
				}
				for _, path := range []string{"/odd/secret", "/opt/secret", "/odd", "/mnt/secret"} {
					if name == "FIFOs" && path == "/odd" {
						continue // opening it waits for a writer, as anywhere
					}
					if r := readAt(t, p, "/actor", path); strings.Contains(*r.Stdout, secret) {
						t.Errorf("%s is the host's", path)
					}
				}
			}
			if after := names(t, root); !slices.Equal(before, after) {
				t.Errorf("the rootfs has changed: %v, before %v", after, before)
			}
		})
	}
}

// TestRunInKeptBox: a first run, a compiler that its source has taken over,
// leaves a box for a second.
func TestRunInKeptBox(t *testing.T) {
	dir, secret, untouched := host(t)
	defer untouched()
	keep := filepath.Join(t.TempDir(), "kept")
	hostile := []string{"file", "good", "4", "link", dir + "/secret", "answer", "link", strings.Repeat("../", 20) + dir[1:] + "/secret", "up",
		"link", dir, "sub", "link", "/proc/self/root" + dir, "magic", "fifo", "pipe", "fifo", "input", "link", "/dev/stdin", "in", "link", "good", "a.out",
		"mkdir", "program", "link", dir + "/secret", "program/x", "link", dir + "/new", "out", "mkdirs", "10"}
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{actor(t)}, hostile...), Keep: keep}, builtin(t, "compile"))
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %s, %v", r.Status, r.Reason, err)
	}
	untouched()
	p := builtin(t, "strict")
	p.Filesystem.Box = filepath.Join(keep, "box")
	own := filepath.Join(p.Filesystem.Box, filepath.Base(actor(t))) // the name of the second run's program
	if err := errors.Join(os.Remove(own), os.Symlink(dir+"/secret", own)); err != nil {
		t.Fatal(err)
	}
	second := func(cmd sandbox.Command, args ...string) (sandbox.Report, error) {
		t.Helper()
		cmd.Args, cmd.Capture, cmd.CollectDir = append([]string{actor(t)}, args...), true, t.TempDir()
		r, err := sandbox.Run(context.Background(), cmd, p)
		if r.Stdout != nil && strings.Contains(*r.Stdout, secret) {
			t.Errorf("%v reads the host's file", args)
		}
		for _, c := range r.Collected {
			if data, err := os.ReadFile(c.Path); c.Refused == "" && (err != nil || strings.Contains(string(data), secret)) {
				t.Errorf("%+v holds %q, %v", c, data, err)
			}
		}
		untouched()
		return r, err
	}
	if r, err := second(sandbox.Command{}, "read", "good", "print", "+", "read", "a.out"); err != nil || r.Status != sandbox.StatusOK || *r.Stdout != "xxxx+xxxx" {
		t.Errorf("%s: %s, %v", r.Status, r.Reason, err)
	}
	for _, name := range []string{"answer", "up", "sub/secret", "magic/secret", "out"} {
		if r, err := second(sandbox.Command{Collect: []sandbox.Collect{{Name: name}}}, "read", name); err != nil || r.ExitCode == nil || *r.ExitCode != 100+int(unix.ENOENT) || r.Collected[0].Refused == "" {
			t.Errorf("read %s: %s: %s, %v, collected %+v", name, r.Status, r.Reason, err, r.Collected)
		}
		if r, err := second(sandbox.Command{}, "file", name, "1"); err == nil && r.Status == sandbox.StatusOK {
			t.Errorf("%s can be written to", name)
		}
	}
	// Files of the caller's go where they shall, or nothing starts.
	input := sandbox.File{Source: actor(t), Name: "answer"}
	if r, err := second(sandbox.Command{Files: []sandbox.File{input}}, "list", "/box"); err != nil || r.Status != sandbox.StatusOK {
		t.Errorf("a file in place of a link: %s, %v", r.Reason, err)
	}
	for _, name := range []string{"sub/secret", "sub/new", "magic/x/y", "program", "d"} {
		input.Name = name
		var usage *sandbox.UsageError
		if r, err := second(sandbox.Command{Files: []sandbox.File{input}}, "exit", "0"); !errors.As(err, &usage) {
			t.Errorf("a file as %s: %s: %s, %v", name, r.Status, r.Reason, err)
		}
	}
}
