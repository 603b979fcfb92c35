package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"judge/policy"
	"judge/sandbox"
)

// The same tests hold on hosts of several kinds: for root and for an ordinary
// user, with cgroups and without. Where a kind differs, a test says in what.

var runDir, filterDir = places()

func places() (string, string) {
	run, filters, err := sandbox.Places()
	if err != nil {
		panic(err)
	}
	return run, filters
}

// root says whether the tests run as root.
func root() bool { return os.Geteuid() == 0 }

// oneID says that a run's files are judge's user's own, outside.
var oneID = sync.OnceValue(func() bool {
	one, err := sandbox.OneID()
	return err == nil && one
})

// needRoot is for what no other user can set up.
func needRoot(t testing.TB, what string) {
	t.Helper()
	if !root() {
		t.Skip("needs root: ", what)
	}
}

// noCgroups says that judge's user has none here, so that limits of each
// process stand in for those of all.
var noCgroups = sync.OnceValue(func() bool {
	strict, _ := policy.Builtin("strict")
	info, _, err := sandbox.Ready(strict)
	return err == nil && info.Cgroup == "none"
})

// unenforced says whether the report owns up to it that a limit was not held.
func unenforced(r sandbox.Report, limit string) bool {
	return slices.ContainsFunc(r.Unenforced, func(u sandbox.Unenforced) bool { return u.Limit == limit && u.Why != "" })
}

// expected is the status that a run ends with on a host of this kind. Without
// cgroups nobody counts OOM kills: a program that cannot get memory ends in its
// own way, and the report says that the limit was not held.
func expected(t testing.TB, want, own sandbox.Status, r sandbox.Report) sandbox.Status {
	t.Helper()
	if want != sandbox.StatusMemory || !noCgroups() {
		return want
	}
	if !unenforced(r, "memory") || r.OOMKills != 0 || r.MemoryPeak != nil || r.PidsPeak != nil || slices.Contains(r.LimitsHit, "memory") {
		t.Errorf("figures that nobody counted: %s", r.AppendJSON(nil))
	}
	return own
}

// ordinaryUser is what to put before a command so that it runs as a user that
// has nothing, but a place for leases.
func ordinaryUser(t *testing.T) []string {
	t.Helper()
	needRoot(t, "to be another user")
	open(t, builtDir)
	home := t.TempDir()
	open(t, home)
	const nobody = 65534
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return []string{"/usr/bin/env", "XDG_RUNTIME_DIR=" + home, "HOME=" + home,
		"/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"}
}

// open lets other users into a directory of a test's, and into the one above,
// which is the test's too.
func open(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if above := filepath.Dir(dir); above != filepath.Clean(os.TempDir()) {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
