package main

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"judge/store"
)

// rootfsName is that of the kit's root file system in the store of the kit.
const rootfsName = "bench"

// importRootfs puts the kit's root file system into a store of the kit's own,
// which from then on is that of all that is started.
func (k *kit) importRootfs(judge string) error {
	if err := os.Setenv(store.Variable, filepath.Join(k.dir, "store")); err != nil {
		return err
	}
	script := `tar -C "$1" -c . | "$2" rootfs import --quiet --name "$3" -`
	out, err := exec.Command("sh", "-c", script, "sh", k.rootfs, judge, rootfsName).CombinedOutput()
	if err != nil {
		return fmt.Errorf("import a rootfs: %w: %s", err, out)
	}
	return nil
}

// Import is how long judge rootfs import takes for an archive, beside tar and
// sha256sum of each file, which do less: they store nothing once, and do not
// wait until it is on the disk. Medians.
type Import struct {
	Bytes  int64         `json:"bytes"`
	Files  int           `json:"files"`
	Judge  time.Duration `json:"judge_ns"`
	Tar    time.Duration `json:"tar_sha256sum_ns"`
	Synced time.Duration `json:"tar_sha256sum_sync_ns"` // the same, until it is on the disk
	Ratio  float64       `json:"ratio"`                 // of judge to tar and sha256sum; the bound is 1.5
}

func (j judgeRun) imports(results *Results, size int64, rounds int) *Import {
	m, err := j.measureImports(size, rounds)
	if err != nil {
		results.Failed = append(results.Failed, "import: "+err.Error())
		return nil
	}
	fmt.Printf("\nimport of %d files, %d MiB: judge rootfs import %.2f s; tar and sha256sum %.2f s (%.2f s until on the disk); ratio %.2f\n",
		m.Files, m.Bytes>>20, m.Judge.Seconds(), m.Tar.Seconds(), m.Synced.Seconds(), m.Ratio)
	return m
}

func (j judgeRun) measureImports(size int64, rounds int) (*Import, error) {
	m := &Import{}
	archive := filepath.Join(j.kit.dir, "import.tar")
	if err := m.write(archive, size); err != nil {
		return nil, err
	}
	unpack := `rm -rf "$1" && mkdir "$1" && tar -xf "$2" -C "$1" && find "$1" -type f -print0 | xargs -0 sha256sum >/dev/null`
	dir := filepath.Join(j.kit.dir, "unpacked")
	var judge, plain, synced []time.Duration
	for range rounds {
		syscall.Sync() // what went before is charged to nobody
		start := time.Now()
		if err := try([]string{"/bin/sh", "-c", unpack, "sh", dir, archive}); err != nil {
			return nil, err
		}
		plain = append(plain, time.Since(start))
		syscall.Sync()
		synced = append(synced, time.Since(start))
		start = time.Now()
		if err := try([]string{j.judge, "rootfs", "import", "--quiet", archive}); err != nil {
			return nil, err
		}
		judge = append(judge, time.Since(start))
		if err := try([]string{j.judge, "rootfs", "remove", "import"}); err != nil {
			return nil, err
		}
	}
	m.Judge, m.Tar, m.Synced = median(judge), median(plain), median(synced)
	m.Ratio = float64(m.Judge) / float64(m.Tar)
	return m, errors.Join(os.Remove(archive), os.RemoveAll(dir))
}

// write makes an archive as images are: half of the bytes in large files, half
// in small ones. Nothing in it repeats.
func (m *Import) write(name string, size int64) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffered := bufio.NewWriterSize(f, 1<<20)
	w := tar.NewWriter(buffered)
	noise := rand.NewChaCha8([32]byte{1})
	for _, kind := range []struct {
		name string
		size int64
	}{{"large", 32 << 20}, {"small", 64 << 10}} {
		for i := range size / 2 / kind.size {
			h := &tar.Header{Name: fmt.Sprintf("%s/%d/%d", kind.name, i%64, i), Mode: 0o644, Size: kind.size, Typeflag: tar.TypeReg}
			if err := w.WriteHeader(h); err != nil {
				return err
			}
			if _, err := io.CopyN(w, noise, kind.size); err != nil {
				return err
			}
			m.Files++
			m.Bytes += kind.size
		}
	}
	return errors.Join(w.Close(), buffered.Flush())
}
