package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// rights are what judge may do on this host, and where it keeps what it keeps.
type rights struct {
	userns plan.Userns
	ids    ids
	as     string // who judge is, where it needs a user namespace
	places
}

// needed are the capabilities without which nothing works but in a user
// namespace of judge's own: for making namespaces, mounts and device nodes, and
// for giving them and itself away.
var needed = [...]struct {
	number int
	name   string
}{
	{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {unix.CAP_SETUID, "CAP_SETUID"}, {unix.CAP_SETGID, "CAP_SETGID"},
	{unix.CAP_SETPCAP, "CAP_SETPCAP"}, {unix.CAP_CHOWN, "CAP_CHOWN"}, {unix.CAP_MKNOD, "CAP_MKNOD"},
	{unix.CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"}, {unix.CAP_KILL, "CAP_KILL"},
}

// findRights finds out whether judge is the host's root, or has to make itself
// one in a user namespace. With make, its places are made where they are missing.
func findRights(make bool) (rights, error) {
	uid, as := os.Geteuid(), "without the rights of root"
	var caps func(int) bool
	if uid == 0 {
		var err error
		caps, err = effective()
		if err != nil {
			return rights{}, err
		}
		if as = shortOf(caps); as == "" {
			return rights{places: rootsPlaces}, nil
		}
	}
	own, err := ownPlaces(uid, os.Getenv, make)
	r := rights{userns: plan.Userns{Maps: plan.OneID, UID: uid, GID: os.Getegid()}, as: as, places: own, ids: findIDs(uid, caps)}
	if _, _, ok := r.ids.pick(0, r.userns); ok {
		r.userns.Maps = plan.ManyIDs
	}
	return r, err
}

// shortOf says what a uid 0 is that cannot do all that judge does; "" if it can.
// A root of a user namespace may have all capabilities, but makes no device
// node (mknod(2)), and the slots' uids are not his.
func shortOf(caps func(int) bool) string {
	for _, c := range needed {
		if !caps(c.number) {
			return "as a root without " + c.name
		}
	}
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/user", &st) == nil && st.Ino != firstUserns {
		return "as the root of a user namespace"
	}
	return ""
}

// firstUserns is the inode number of the user namespace that the host starts
// with: PROC_USER_INIT_INO of include/linux/proc_ns.h, and USER_NS_INIT_INO of
// include/uapi/linux/nsfs.h, by which it is for everybody to rely on.
const firstUserns = 0xEFFFFFFD

// effective says which capabilities judge has.
func effective() (func(int) bool, error) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return nil, fmt.Errorf("capget: %w", err)
	}
	return func(c int) bool { return data[c/32].Effective&(1<<(c%32)) != 0 }, nil
}

// owner is who a run's pipes belong to, so that it can open /dev/stdin and its
// siblings; -1 leaves them to judge's own user, who is the run's or whose PID 1
// gives them away.
func (r rights) owner(uid int) int {
	if r.userns.Maps == plan.HostIDs {
		return uid
	}
	return -1
}
