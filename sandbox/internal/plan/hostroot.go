package plan

import (
	"fmt"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// hostRoot: the tmpfs is the root itself; parts of the host come in read-only
// overlays, so that the run's inodes are never the host's.
func hostRoot(b *builder, in Input, lower []int) {
	for _, dir := range []string{"mnt", "etc", "dev", "proc", "run", "var"} {
		b.mkdir(dir, 0o755)
	}
	if len(in.Binds) > 0 {
		b.mkdir("opt", 0o755) // what lies under the overlays of binds: an empty directory
	}
	private := uint32(0o700)
	if in.Host.Userns.Maps == OneID { // the program would be its owner
		private = 0
	}
	b.mkdir("root", private)
	b.symlink("../tmp", "var/tmp")
	etc(b, in)
	if in.Root.Shared {
		sharedTrees(b, in, lower)
	} else {
		overlaidTrees(b, in, lower)
	}
	for _, l := range in.Root.Links {
		b.symlink(l.Target, l.Name)
	}
	places(b, in)
	if in.Policy.Filesystem.Sys == "ro" {
		b.mkdir("sys", 0o755)
	}
}

const overlayHint = "where it lies on an overlay over an overlay, the kernel stacks no third: name a --rootfs on another file system"

// overlaidTrees puts an overlay over each part of the host.
func overlaidTrees(b *builder, in Input, lower []int) {
	for i, t := range in.Root.Trees {
		top := "mnt" // an empty directory: an overlay without an upper layer wants two below
		if t.Target == "etc" {
			top = "etc" // has the run's own passwd on top
		} else {
			b.place(t)
		}
		b.because("filesystem.rootfs", overlayHint)
		b.mount("overlay", t.Target, "overlay", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV,
			"lowerdir="+top+":/proc/self/fd/"+strconv.Itoa(lower[i]))
		b.because("", "")
	}
}

// sharedTrees shows the parts of the host by read-only mounts, with all that is
// mounted below them. The run's own files of /etc are mounts over these.
func sharedTrees(b *builder, in Input, trees []int) {
	var own []int
	files := etcFiles(in)
	b.because("filesystem.rootfs", "")
	for _, f := range files {
		own = append(own, b.cloned(f.name, true))
	}
	for i, t := range in.Root.Trees {
		if t.Target != "etc" {
			b.place(t)
		}
		b.attach(trees[i], t.Target)
	}
	for i, f := range files {
		b.attach(own[i], f.name)
	}
	b.because("", "")
}

// place makes the directory of a tree.
func (b *builder) place(t Tree) {
	if parent := path.Dir(t.Target); parent != "." {
		b.mkdir(parent, 0o755)
	}
	b.mkdir(t.Target, 0o755)
}

// etc writes the files that speak of this run.
func etc(b *builder, in Input) {
	for _, f := range etcFiles(in) {
		b.file(f.name, f.text, 0o644)
	}
}

// An etcFile is one of them, below the root.
type etcFile struct{ name, text string }

func etcFiles(in Input) []etcFile {
	id := in.inside()
	files := []etcFile{{"etc/passwd", fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"+
		"judge:x:%d:%d:judge:/box:/bin/sh\n", id.UID, id.GID)},
		{"etc/group", fmt.Sprintf("root:x:0:\nnogroup:x:65534:\njudge:x:%d:\n", id.GID)}}
	name := in.Policy.Identity.Hostname
	hosts := in.Hosts
	if hosts == "" && name != DefaultHostname { // else it is below
		hosts = Hosts(name)
	}
	if hosts != "" {
		files = append(files, etcFile{"etc/hosts", hosts})
	}
	if name != DefaultHostname {
		files = append(files, etcFile{"etc/hostname", name + "\n"})
	}
	if in.Resolv != "" {
		files = append(files, etcFile{"etc/resolv.conf", in.Resolv})
	}
	return files
}

// ownNames puts a network's names over those of a rootfs. A directory of the
// upper layer is joined with the one below, and hides a link.
func ownNames(b *builder, in Input) {
	if in.Hosts == "" {
		return
	}
	b.because("network.mode", "")
	b.mkdir("upper/etc", 0o755)
	b.file("upper/etc/hosts", in.Hosts, 0o644)
	b.file("upper/etc/resolv.conf", in.Resolv, 0o644)
	b.because("", "")
}
