package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
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
	h := sha256.New()
	field := func(parts ...string) {
		for _, part := range parts {
			fmt.Fprintf(h, "%d:%s", len(part), part)
		}
	}
	field("judge compile cache 1", e.opts.Version, p.Digest(), chain.binary, strconv.Itoa(len(chain.compile)))
	field(chain.compile...)
	field(compilerIdentity(p.Filesystem.Rootfs, chain.compile[0])...)
	err := filepath.WalkDir(stage, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		field(path[len(stage):], info.Mode().String(), strconv.FormatInt(info.Size(), 10))
		return hashFile(h, path)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// compilerIdentity changes when what lies under a compiler does, as far as that can be
// told without reading it all: the compiler's own file, and the lists of Debian's and
// Alpine's package managers, which an upgrade of any package writes. (A rootfs of the
// store is under another directory when its content is another.)
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

func hashFile(h hash.Hash, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(h, f)
	return errors.Join(err, f.Close())
}
