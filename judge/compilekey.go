package judge

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"judge/policy"
)

// keyOf is the name of what a toolchain makes of the files below stage. The error is
// one of reading.
func (e *Engine) keyOf(chain toolchain, stage string, p policy.Policy) (string, error) {
	d := newDigester()
	d.field("judge compile cache 2", e.opts.Version, p.Digest(), chain.binary, strconv.Itoa(len(chain.compile)))
	d.field(chain.compile...)
	d.field(compilerIdentity(p.Filesystem.Rootfs, chain.compile[0])...)
	if name := p.Filesystem.Rootfs; name != "" && name != "host" {
		digest, err := e.rootfsDigest(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // then it is a directory here
			return "", err
		}
		d.field(digest)
	}
	err := d.tree(stage)
	return d.key(), err
}

// compilerIdentity changes when what lies under a compiler does, as far as that can be
// told without reading it all: the compiler's own file, and the lists of Debian's and
// Alpine's package managers, which an upgrade of any package writes. A rootfs of the
// store has its digest instead.
func compilerIdentity(rootfs, compiler string) []string {
	root := rootfs
	if root == "" || root == "host" {
		root = "/"
	}
	words := []string{root}
	names := []string{"var/lib/dpkg/status", "lib/apk/db/installed", "etc/os-release"}
	for _, dir := range []string{"usr/local/bin", "usr/bin", "bin"} {
		names = append(names, filepath.Join(dir, filepath.Base(compiler)))
	}
	for _, name := range names {
		path, err := filepath.EvalSymlinks(filepath.Join(root, name))
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			words = append(words, path, strconv.FormatInt(info.Size(), 10), info.ModTime().UTC().Format(time.RFC3339Nano))
		}
	}
	return words
}
