package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// places are where judge keeps what outlives a run.
type places struct {
	// run holds the leases and the snapshot of /etc. It is also where each run,
	// in its own mount namespace, mounts what it may write: it exists on every
	// host on which judge has run, and nothing that a run needs lies below it.
	run string
	// filters are those that are not built in.
	filters string
}

// rootsPlaces are those of a judge that is the host's root.
var rootsPlaces = places{run: "/run/judge", filters: "/var/cache/judge/seccomp"}

// ownPlaces are those of any other: leases and slots are a user's own. The
// directory of leases is made only on request; else it may be missing.
func ownPlaces(uid int, getenv func(string) string, make bool) (places, error) {
	run, err := ownRun(uid, getenv("XDG_RUNTIME_DIR"), make)
	if err != nil {
		return places{}, err
	}
	p := places{run: run, filters: filepath.Join(run, "seccomp")}
	// A relative path there is to be ignored (XDG Base Directory Specification).
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		p.filters = filepath.Join(dir, "judge", "seccomp")
	} else if home := getenv("HOME"); filepath.IsAbs(home) && writable(home) {
		p.filters = filepath.Join(home, ".cache", "judge", "seccomp")
	}
	return p, nil
}

// ownRun finds a directory that is lost with the host's next start, if there is
// one, and that nobody else can write to.
func ownRun(uid int, xdg string, make bool) (string, error) {
	parents := []string{"/run/user/" + strconv.Itoa(uid)}
	if uid == 0 { // of a container, perhaps
		parents = []string{"/run"}
	}
	if filepath.IsAbs(xdg) {
		parents = append([]string{xdg}, parents...)
	}
	for _, dir := range parents {
		if !writable(dir) {
			continue
		}
		if run := filepath.Join(dir, "judge"); private(run, uid, make) == nil {
			return run, nil
		}
	}
	run := "/tmp/judge-" + strconv.Itoa(uid) // not TMPDIR: all judges of a user must agree
	if err := private(run, uid, make); err != nil {
		return "", &UsageError{What: "keep leases in " + run, Err: err,
			Hint: "remove it, or set XDG_RUNTIME_DIR to a directory of your own"}
	}
	return run, nil
}

func writable(dir string) bool { return unix.Access(dir, unix.W_OK|unix.X_OK) == nil }

// private says what is wrong with a directory if another user could have put
// something there: in /tmp everybody may make one of that name, or a link.
func private(dir string, uid int, make bool) error {
	if make {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	var st unix.Stat_t
	err := unix.Lstat(dir, &st)
	switch {
	case err == unix.ENOENT && !make:
		return nil
	case err != nil:
		return err
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return unix.ENOTDIR
	case int(st.Uid) != uid:
		return fmt.Errorf("it belongs to user %d: %w", st.Uid, fs.ErrPermission)
	case st.Mode&0o022 != 0:
		return fmt.Errorf("others may write there, its mode is %04o: %w", st.Mode&0o7777, fs.ErrPermission)
	}
	return nil
}
