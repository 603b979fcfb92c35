package oci

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/policy"
)

// mounts are those of a bundle. judge has places for some, makes others by itself,
// and binds the rest.
func (t *translation) mounts() {
	fs := &t.policy.Filesystem
	fs.Proc, fs.Sys, fs.Tmp, fs.Shm, fs.Bind = "none", "none", false, false, nil
	for i, m := range take(&t.spec.Mounts) {
		at := fmt.Sprintf("mounts[%d] (%s)", i, m.Destination)
		if !path.IsAbs(m.Destination) {
			t.refuse(at, "the destination is no absolute path")
			continue
		}
		if len(m.UIDMappings)+len(m.GIDMappings) > 0 {
			t.refuse(at, "judge maps no ids of a mount")
		}
		to := path.Clean(m.Destination)
		bind := m.Type == "bind" || slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind")
		switch {
		case bind:
			t.bind(at, to, m)
		case m.Type == "proc" && to == "/proc":
			t.proc(at, m.Options)
		case m.Type == "sysfs" && to == "/sys":
			fs.Sys = "ro"
			t.options(at, m.Options, sysOptions)
			if !slices.Contains(m.Options, "ro") {
				t.note(at, "it is read-only")
			}
		case m.Type == "tmpfs" && to == "/dev":
			t.options(at, m.Options, devOptions)
		case m.Type == "tmpfs" && to == "/dev/shm":
			fs.Shm = true
			t.sizes(at, m.Options)
		case m.Type == "tmpfs" && to == "/tmp":
			fs.Tmp = true
			t.sizes(at, m.Options)
		case m.Type == "devpts" && to == "/dev/pts":
			if t.terminal {
				t.options(at, m.Options, ptsOptions)
			} else {
				t.note(at, "only a run with process.terminal, or with --name, has pseudo-terminals")
			}
		case m.Type == "mqueue" && to == "/dev/mqueue":
			t.options(at, m.Options, queueOptions)
		case (m.Type == "cgroup" || m.Type == "cgroup2") && strings.HasPrefix(to+"/", "/sys/fs/cgroup/"):
			t.note(at, "a run sees no cgroup file system")
		case m.Type == "tmpfs":
			t.refuse(at, "judge has a tmpfs at /dev, /dev/shm and /tmp only")
		default:
			t.refuse(at, "judge mounts no %s there", m.Type)
		}
	}
}

// proc: a run's own hides other users' processes anyway (hidepid).
func (t *translation) proc(at string, options []string) {
	t.policy.Filesystem.Proc = "private"
	t.options(at, options, procOptions)
	if slices.Contains(options, "subset=pid") {
		t.policy.Filesystem.Proc = "pids"
	}
	if slices.Contains(options, "ro") {
		t.refuse(at, "the option ro: a run may write what /proc has of its own processes")
	}
}

// sizes: all that a run writes has one bound. Under a read-only root that is the
// largest that a place has.
func (t *translation) sizes(at string, options []string) {
	t.options(at, options, tmpOptions)
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "ro":
			t.refuse(at, "the option ro: a run may write there")
		case "noexec": // runc spec has it, so it is no error
			t.note(at, "the option noexec does not hold: what a run writes there it can execute")
		case "size":
			n, err := tmpfsSize(value)
			if err != nil || !t.readonly {
				t.note(at, "%s: what a run writes has one bound, judge oci run --disk", o)
				continue
			}
			t.policy.Limits.Disk = max(t.policy.Limits.Disk, n)
			t.note(at, "%s: that is the bound of all that the run writes", o)
		case "nr_blocks", "nr_inodes":
			t.note(at, "%s: what a run writes has one bound, judge oci run --disk and --inodes", o)
		}
	}
}

// tmpfsSize reads a size as tmpfs(5) does: bytes, or k, m, g of 1024.
func tmpfsSize(text string) (policy.Bytes, error) {
	unit := int64(1)
	for i, letter := range "kmg" {
		if number, ok := strings.CutSuffix(strings.ToLower(text), string(letter)); ok {
			text, unit = number, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 1<<50/unit {
		return 0, fmt.Errorf("size %q", text)
	}
	return policy.Bytes(n * unit), nil
}

func (t *translation) bind(at, to string, m specs.Mount) {
	t.options(at, m.Options, bindOptions)
	if m.Source == "" {
		t.refuse(at, "it has no source")
		return
	}
	readonly := slices.Contains(m.Options, "ro") || slices.Contains(m.Options, "rro")
	t.policy.Filesystem.Bind = append(t.policy.Filesystem.Bind, policy.Bind{Source: t.inBundle(m.Source), Target: to, Readonly: readonly})
}
