package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"judge/sandbox"
)

// A container is one kind that judge finds itself in.
type container struct {
	name    string
	runtime []string // crun, runc, with flags; by default crun
	user    int      // inside
	caps    []string
	masked  bool // /proc, as docker and podman do
	filter  bool // as docker's default: no new namespaces, no mounts
	mapped  int  // a user namespace in which this uid is 0: a container without root, run by that user
	cgroups bool // the host's, to be written; else read-only
	noTmp   bool // nothing can be written

	cgroup     string   // of the report; "" if judge refuses
	unenforced []string // at least
	missing    string   // what the refusal names
}

// dockersCaps are what docker and podman leave root.
var dockersCaps = []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"}

var allCaps = append(slices.Clone(dockersCaps), "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_SYS_NICE")

var (
	withoutCgroups = []string{"cpu_time", "memory"}
	runc           = []string{"runc"}
)

// containers are the table of README.md, "In containers".
var containers = []container{
	{name: "root, privileged", caps: allCaps, cgroups: true, cgroup: hostsCgroups()},
	{name: "root, privileged, runc", runtime: runc, caps: allCaps, cgroups: true, cgroup: hostsCgroups()},
	{name: "root, privileged, cgroups read-only", caps: allCaps, cgroup: "none", unenforced: withoutCgroups},
	{name: "root, privileged, /proc masked", caps: allCaps, cgroups: true, masked: true, cgroup: hostsCgroups()},
	{name: "root, docker's capabilities, nothing masked, no filter", caps: dockersCaps, cgroup: "none", unenforced: withoutCgroups},
	{name: "the same, runc", runtime: runc, caps: dockersCaps, cgroup: "none", unenforced: withoutCgroups},
	{name: "root, docker's capabilities, /proc masked", caps: dockersCaps, masked: true, missing: "a part of /proc is covered"},
	{name: "root, docker's capabilities and filter", caps: dockersCaps, filter: true, missing: "a filter of system calls"},
	{name: "docker's default", caps: dockersCaps, masked: true, filter: true, missing: "a filter of system calls"},
	{name: "docker's default, runc", runtime: runc, caps: dockersCaps, masked: true, filter: true, missing: "a filter of system calls"},
	{name: "a user, nothing masked, no filter", user: 1000, cgroup: "none", unenforced: withoutCgroups},
	{name: "the same, runc", runtime: runc, user: 1000, cgroup: "none", unenforced: withoutCgroups},
	{name: "a user, /proc masked", user: 1000, masked: true, missing: "a part of /proc is covered"},
	{name: "a user, docker's filter", user: 1000, filter: true, missing: "a filter of system calls"},
	{name: "a user with nothing to write to", user: 1000, noTmp: true, missing: "keep leases in /tmp/judge-1000"},
	{name: "without root outside, root inside", mapped: 1000, caps: allCaps, cgroup: "none", unenforced: append(withoutCgroups, "pids")},
	{name: "without root outside, root inside, /proc masked", mapped: 1000, caps: allCaps, masked: true, missing: "a part of /proc is covered"},
}

func hostsCgroups() string {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return "v2"
	}
	return "v1"
}

// TestInContainers: judge works in each kind of container, or names the one
// thing that is missing.
func TestInContainers(t *testing.T) {
	needRoot(t, "to make containers of all kinds")
	judge := judgeBinary(t)
	open(t, builtDir)
	for i, c := range containers {
		t.Run(c.name, func(t *testing.T) {
			if c.runtime == nil {
				c.runtime = []string{"crun", "--cgroup-manager=disabled"}
			}
			if _, err := exec.LookPath(c.runtime[0]); err != nil {
				t.Skip("feature missing: ", c.runtime[0])
			}
			r, stderr := c.run(t, judge, fmt.Sprintf("judge-test-%d-%d", os.Getpid(), i))
			if c.missing != "" {
				if r != nil || !strings.Contains(stderr, c.missing) || !strings.Contains(stderr, "\nhint: ") {
					t.Errorf("want a refusal that names %q, and a hint:\n%s\n%+v", c.missing, stderr, r)
				}
				return
			}
			if r == nil || r.Status != sandbox.StatusOK || r.Host.Cgroup != c.cgroup {
				t.Fatalf("%+v\n%s", r, stderr)
			}
			var held []string
			for _, limit := range []string{"cpu_time", "memory", "pids"} {
				if unenforced(*r, limit) != slices.Contains(c.unenforced, limit) {
					held = append(held, limit)
				}
			}
			if len(held) > 0 {
				t.Errorf("unenforced: %v, and of %v the report says otherwise than %v", r.Unenforced, held, c.unenforced)
			}
		})
	}
}

// run runs judge in the container, with a program that does nothing; no report
// is a judge that refused.
func (c container) run(t *testing.T, judge, id string) (*sandbox.Report, string) {
	t.Helper()
	dir := t.TempDir()
	open(t, dir)
	root := filepath.Join(dir, "root")
	if err := c.rootfs(root); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(c.config(judge, root, id), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	line := slices.Concat(c.runtime, []string{"run", "--bundle", dir, id})
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if c.mapped != 0 {
		if err := os.Chown(state, c.mapped, c.mapped); err != nil {
			t.Fatal(err)
		}
		user := fmt.Sprint(c.mapped)
		line = slices.Concat([]string{"setpriv", "--reuid", user, "--regid", user, "--clear-groups", "env", "XDG_RUNTIME_DIR=" + state}, line)
	}
	// crun will not work beside the empty cgroup2 of a hybrid host, which is out of its sight then.
	const hide = `if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; exec "$@"`
	cmd := exec.Command("unshare", slices.Concat([]string{"-m", "--propagation", "private", "sh", "-c", hide, "sh"}, line)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), `{"version"`) {
		return nil, stderr.String()
	}
	var r sandbox.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, &stdout)
	}
	return &r, stderr.String()
}

// rootfs is of links into the host's /usr, which the container mounts.
func (c container) rootfs(root string) error {
	for _, d := range []string{"usr", "proc", "dev", "sys", "tmp", "run", "etc", "opt"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if _, err := os.Lstat("/usr/" + name); err != nil {
			continue
		}
		if err := os.Symlink("usr/"+name, filepath.Join(root, name)); err != nil {
			return err
		}
	}
	if c.mapped != 0 {
		return errors.Join(os.WriteFile(filepath.Join(root, "opt/judge"), nil, 0o755), os.Lchown(root, c.mapped, c.mapped))
	}
	return os.WriteFile(filepath.Join(root, "opt/judge"), nil, 0o755)
}

type object = map[string]any

// config is that of the container, in the words of the OCI runtime specification.
func (c container) config(judge, root, id string) object {
	namespaces := []object{{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}}
	linux := object{}
	if c.mapped != 0 {
		namespaces = append(namespaces, object{"type": "user"})
		ids := []object{{"containerID": 0, "hostID": c.mapped, "size": 1}}
		linux["uidMappings"], linux["gidMappings"] = ids, ids
	} else {
		linux["cgroupsPath"] = "/" + id
	}
	linux["namespaces"] = namespaces
	if c.masked {
		linux["maskedPaths"] = []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi"}
		linux["readonlyPaths"] = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
	}
	if c.filter {
		linux["seccomp"] = object{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []object{
			{"names": []string{"clone3"}, "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
			{"names": []string{"unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen"}, "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
		}}
	}
	sets := object{}
	for _, set := range []string{"bounding", "effective", "permitted"} {
		sets[set] = c.caps
		if c.user != 0 && set != "bounding" {
			sets[set] = []string{}
		}
	}
	return object{
		"ociVersion": "1.0.0", "root": object{"path": root, "readonly": true}, "mounts": c.mounts(judge), "linux": linux,
		"process": object{
			"args": []string{"/opt/judge", "run", "-p", "strict", "--report", "-", "/bin/true"}, "cwd": "/", "env": []string{"PATH=/usr/bin:/bin"},
			"user": object{"uid": c.user, "gid": c.user}, "capabilities": sets, "noNewPrivileges": c.user != 0,
			"rlimits": []object{{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 1024}},
		},
	}
}

func (c container) mounts(judge string) []object {
	bind := func(source, target string, more ...string) object {
		return object{"destination": target, "type": "bind", "source": source, "options": append([]string{"rbind"}, more...)}
	}
	cgroups := []object{bind("/sys/fs/cgroup", "/sys/fs/cgroup", "rw")}
	if !c.cgroups {
		cgroups = []object{bind("/sys/fs/cgroup", "/sys/fs/cgroup", "ro")}
		hierarchies, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs") // of v1, each a mount; the pattern is good
		for _, h := range hierarchies {
			if dir := filepath.Dir(h); dir != "/sys/fs/cgroup/unified" {
				cgroups = append(cgroups, bind(dir, dir, "ro"))
			}
		}
	}
	list := []object{
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "mode=755"}},
		bind("/usr", "/usr", "ro"), bind(judge, "/opt/judge", "ro"), bind("/sys", "/sys", "ro"),
	}
	list = append(list, cgroups...)
	if !c.noTmp {
		list = append(list, object{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": []string{"mode=1777"}})
	}
	if c.user == 0 && c.mapped == 0 {
		list = append(list, object{"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": []string{"mode=755"}})
	}
	return list
}
