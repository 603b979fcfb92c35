package oci

import (
	"slices"
	"strings"
)

// What judge's own mounts do about options that a bundle has for them: by the option
// as it stands, or else by its name, what is so instead; "" if it holds, does not
// matter, or is dealt with elsewhere.
var (
	devOptions = map[string]string{"mode": "", "uid": "", "gid": "", "size": "", "nr_blocks": "", "nr_inodes": "", "noexec": "", "ro": ""} // nothing can be written there

	tmpOptions = map[string]string{"ro": "", "noexec": "", "size": "", "nr_blocks": "", "nr_inodes": "", "noswap": "", // a run has no swap
		"mode=1777": "", "mode=01777": "", "mode": "its mode is 1777", "uid": "all of the run may write there", "gid": "all of the run may write there",
		"huge": "not set", "mpol": "not set"}

	ptsOptions = map[string]string{"noexec": "", "newinstance": "", "ptmxmode=0666": "", "ptmxmode=666": "", "mode=0620": "", "mode=620": "",
		"ptmxmode": "it is 0666", "mode": "it is 0620", "gid": "the group is that of the run", "uid": "the owner is the run's user", "max": "it is 64"}

	// hidepid is 2 in a run.
	procOptions = map[string]string{"noexec": "", "ro": "", "subset=pid": "", "gid": "others' processes show to nobody",
		"hidepid=0": "it is 2", "hidepid=off": "it is 2", "hidepid=1": "it is 2", "hidepid=noaccess": "it is 2", "hidepid=2": "", "hidepid=invisible": ""}

	sysOptions   = map[string]string{"noexec": "", "ro": ""}
	queueOptions = map[string]string{"noexec": ""}
)

// options notes those that do not hold, and refuses what nothing is known of.
func (t *translation) options(at string, list []string, own map[string]string) {
	for _, o := range list {
		name, _, _ := strings.Cut(o, "=")
		instead, known := own[o]
		if !known {
			instead, known = own[name]
		}
		switch {
		case known && instead != "":
			t.note(at, "the option %s: %s", o, instead)
		case known, slices.Contains(usualOptions, o):
		case strings.HasSuffix(o, "shared"):
			t.note(at, "the option %s: mounts of a run are private", o)
		default:
			t.refuse(at, "judge cannot do the option %s", o)
		}
	}
}

// Options of mount(8) that judge holds anyway, or that ask for no more than it does.
var usualOptions = []string{"rw", "private", "rprivate", "slave", "rslave", "unbindable", "runbindable", "nosuid", "nodev", "suid", "dev", "exec", "defaults",
	"relatime", "norelatime", "atime", "noatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "diratime", "nodiratime", "async"}

// bindOptions are those of a bind besides.
var bindOptions = map[string]string{"bind": "", "rbind": "", "ro": "", "rro": ""}
