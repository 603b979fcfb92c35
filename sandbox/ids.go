package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/userns"
)

// ids are those that judge may give a run in a user namespace, besides its own.
type ids struct {
	uids, gids []userns.Range
	tools      bool // newuidmap(1) and newgidmap(1) map them, which are privileged; else judge does
}

// findIDs finds what there is to give: what is mapped into judge's own user
// namespace, if it may set ids there, else the subordinate ids of its user.
func findIDs(uid int, caps func(int) bool) ids {
	read := func(name string) []byte {
		data, _ := os.ReadFile(name) // none are to be given then
		return data
	}
	if caps != nil && caps(unix.CAP_SETUID) && caps(unix.CAP_SETGID) {
		return ids{uids: userns.Mapped(read("/proc/self/uid_map")), gids: userns.Mapped(read("/proc/self/gid_map"))}
	}
	subuid := read("/etc/subuid")
	// With no_new_privs the tools would have no privilege.
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); len(subuid) == 0 || set != 0 || err != nil {
		return ids{}
	}
	for _, tool := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(tool); err != nil {
			return ids{}
		}
	}
	name := userns.NameOf(read("/etc/passwd"), uid)
	return ids{userns.Subordinate(subuid, name, uid), userns.Subordinate(read("/etc/subgid"), name, uid), true}
}

// pick gives slot n a uid and a gid, if there are any.
func (i ids) pick(n int, u plan.Userns) (uid, gid int64, ok bool) {
	slot := int64(lease.FirstUID + n)
	uid, ok1 := userns.Pick(i.uids, n, int64(u.UID), slot)
	gid, ok2 := userns.Pick(i.gids, n, int64(u.GID), slot)
	return uid, gid, ok1 && ok2
}

// giveIDs maps judge's ids and the slot's into PID 1's user namespace. Where
// that cannot be done, whatever the files say, a new PID 1 does with one id.
func (r *run) giveIDs(slot *lease.Slot) error {
	if r.may.userns.Maps != plan.ManyIDs {
		return nil
	}
	if r.mapIDs(slot) == nil {
		return nil
	}
	r.may.userns.Maps = plan.OneID
	r.host.rights = r.may
	old := r.child
	child, err := spawn.Start(plan.Early(r.may.userns), r.may.userns.CloneFlags())
	if err != nil {
		return r.may.explainRefusal(err)
	}
	r.child = child
	return errors.Join(old.Kill(), old.Reap(), r.findUnheld())
}

// An idMap has judge's own id as 0, and the slot's.
type idMap struct {
	file, tool string
	own, slot  int
	outside    int64 // what the slot's is outside
}

func (r *run) mapIDs(slot *lease.Slot) error {
	u := r.may.userns
	uid, gid, ok := r.may.ids.pick(slot.N, u)
	if !ok {
		return fmt.Errorf("no ids for slot %d", slot.N)
	}
	pid := strconv.Itoa(r.child.PID())
	proc := "/proc/" + pid
	maps := [...]idMap{
		{"uid_map", "newuidmap", u.UID, slot.UID(), uid},
		{"gid_map", "newgidmap", u.GID, slot.UID(), gid},
	}
	var tools [len(maps)]*exec.Cmd // at once: each takes milliseconds
	var errs [2 * len(maps)]error
	for i, m := range maps {
		if !r.may.ids.tools {
			errs[i] = os.WriteFile(proc+"/"+m.file, fmt.Appendf(nil, "0 %d 1\n%d %d 1\n", m.own, m.slot, m.outside), 0)
			continue
		}
		tools[i] = exec.Command(m.tool, pid, "0", strconv.Itoa(m.own), "1", strconv.Itoa(m.slot), strconv.FormatInt(m.outside, 10), "1")
		errs[i] = tools[i].Start()
	}
	for i, tool := range tools {
		if tool != nil && errs[i] == nil {
			errs[len(maps)+i] = tool.Wait()
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("map ids of the run: %w", err)
	}
	ns, err := unix.Open(proc+"/ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the user namespace of the run: %w", err)
	}
	r.ns = ns
	return nil
}

func (r *run) closeNS() {
	if r.ns > 0 {
		unix.Close(r.ns)
	}
}

func (r *run) opener() opener { return opener{r.ns} }
