package rootfs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// public are the names in /etc that programs need and that hold nothing
// private: no accounts, no keys, no names of hosts or of people. A * stands for
// a version. Of what they lead to, only what everybody may read is copied.
var public = [...]string{
	"alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone", "nsswitch.conf", "host.conf",
	"gai.conf", "protocols", "services", "rpc", "ethertypes", "mime.types", "magic", "magic.mime", "os-release",
	"debian_version", "alpine-release", "lsb-release", "ssl", "ca-certificates.conf", "pki", "crypto-policies",
	"locale.alias", "locale.conf", "default/locale", "fonts", "terminfo", "inputrc", "bash.bashrc", "profile", "xml", "sgml", "perl",
	"python3", "python3.*", "java-*", "mono", "ghc", "fpc*.cfg", "gprofng.rc",
}

// watched are the files whose change makes a new snapshot. Package managers and
// editors replace files by renaming, which their directory's time shows.
var watched = [...]string{"", "alternatives", "ld.so.cache", "ssl", "ssl/certs", "java-17-openjdk", "java-21-openjdk"}

const snapshotPrefix = "etc-"

// snapshotForm changes when a snapshot would be made otherwise from the same files.
const snapshotForm = 4

// snapshot returns a directory below dir with copies of the public files of
// etc, the host's /etc, made anew when they changed, and the lock that keeps it.
func snapshot(etc, dir string) (string, int, error) {
	name := filepath.Join(dir, snapshotPrefix+etcKey(etc))
	for range 3 { // it may be removed between any two calls
		lock, err := hold(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return name, lock, err
		}
		if err := makeSnapshot(etc, dir, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", 0, err
		}
	}
	return "", 0, fmt.Errorf("the snapshot of /etc in %s is removed as soon as it is made", dir)
}

// hold locks a snapshot against removal, until the descriptor is closed.
func hold(name string) (int, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open the snapshot of /etc: %w", err)
	}
	if err := unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		return 0, fs.ErrNotExist // about to be removed
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Nlink == 0 {
		unix.Close(fd)
		return 0, fs.ErrNotExist // removed between the two calls
	}
	return fd, nil
}

// etcKey changes when a watched file does.
func etcKey(etc string) string {
	h := sha256.New()
	fmt.Fprintln(h, snapshotForm)
	for _, name := range watched {
		var st unix.Stat_t
		if err := unix.Lstat(filepath.Join(etc, name), &st); err != nil {
			continue // part of the key: a name less
		}
		fmt.Fprintln(h, name, st.Ino, st.Size, st.Mtim.Sec, st.Mtim.Nsec)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// makeSnapshot builds the directory under another name first: what has the
// final name is whole.
func makeSnapshot(etc, dir, name string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory of leases: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, snapshotPrefix+"new-")
	if err != nil {
		return fmt.Errorf("make a snapshot of /etc: %w", err)
	}
	defer os.RemoveAll(tmp) // nothing is there any more if all went well
	lock, err := hold(tmp)
	if err != nil {
		return fmt.Errorf("lock a new snapshot of /etc: %w", err)
	}
	defer unix.Close(lock)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("make a snapshot of /etc: %w", err)
	}
	for _, pattern := range public {
		matches, err := filepath.Glob(filepath.Join(etc, pattern))
		if err != nil {
			return fmt.Errorf("pattern %s: %w", pattern, err)
		}
		for _, from := range matches {
			if err := copyPublic(from, filepath.Join(tmp, strings.TrimPrefix(from, etc))); err != nil {
				return fmt.Errorf("make a snapshot of /etc in %s: %w", dir, err)
			}
		}
	}
	// On NixOS, what is public in /etc are links to a directory of the store's, by this one.
	if target, err := os.Readlink(filepath.Join(etc, "static")); err == nil && strings.HasPrefix(target, "/nix/store/") {
		if err := os.Symlink(target, filepath.Join(tmp, "static")); err != nil {
			return fmt.Errorf("make a snapshot of /etc in %s: %w", dir, err)
		}
	}
	for file, text := range map[string]string{
		"hosts": plan.Hosts(plan.DefaultHostname), "hostname": plan.DefaultHostname + "\n",
		"passwd": "", "group": "", "resolv.conf": "", // places for a run's own, where these cannot be in a layer above
	} {
		if err := writeFile(filepath.Join(tmp, file), strings.NewReader(text)); err != nil {
			return fmt.Errorf("make a snapshot of /etc: %w", err)
		}
	}
	if err := os.Rename(tmp, name); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, unix.ENOTEMPTY) {
		return fmt.Errorf("make a snapshot of /etc: %w", err)
	}
	_, err = removeOld(dir, name, false)
	return err
}

// copyPublic copies a tree, less what not everybody may read, devices and the like.
func copyPublic(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone
		}
		target := to + strings.TrimPrefix(path, from)
		switch perm := info.Mode().Perm(); {
		case d.IsDir() && perm&0o005 != 0o005:
			return filepath.SkipDir
		case d.IsDir():
			return mkdirs(target)
		case d.Type() == fs.ModeSymlink:
			return copyLink(path, target)
		case d.Type().IsRegular() && perm&0o004 != 0:
			return copyFile(path, target)
		}
		return nil
	})
}

func copyLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if err := mkdirs(filepath.Dir(to)); err != nil {
		return err
	}
	return os.Symlink(target, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := mkdirs(filepath.Dir(to)); err != nil {
		return err
	}
	return writeFile(to, in)
}

// writeFile makes a file that everybody may read, whatever the umask.
func writeFile(to string, from io.Reader) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	return errors.Join(err, out.Chmod(0o644), out.Close())
}

// mkdirs makes directories that everybody may enter, whatever the umask.
func mkdirs(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := mkdirs(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}
