package plan

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// attached are the runs that a second command can be made in.
func attached(t *testing.T) map[string]Input {
	all := plans(t)
	for name, in := range all {
		if in.Host.Userns.Maps != HostIDs && !in.Enterable {
			delete(all, name)
		}
	}
	if len(all) < 5 {
		t.Fatal("there are too few plans")
	}
	return all
}

func TestGoldenAttach(t *testing.T) {
	for _, name := range []string{"default", "namespaces", "v2", "binds", "terminal", "user-named", "user-named-rootfs", "user-named-ids"} {
		got, file := text(Attach(attached(t)[name])), filepath.Join("testdata", "attach-"+name+".txt")
		if *update && runtime.GOARCH == "amd64" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want := here(string(want)); got != want {
			t.Errorf("the plan has changed (go test -update, and read the difference):\n%s", difference(want, got))
		}
	}
}

// TestAttachOrder: the rules that the walls of a second command rest on.
func TestAttachOrder(t *testing.T) {
	for name, in := range attached(t) {
		p := Attach(in)
		if early := EarlyAttach(in.Host.Userns); len(early) >= len(p.Init) || text(&Plan{Init: early}) != text(&Plan{Init: p.Init[:len(early)]}) {
			t.Errorf("plan %s does not begin with the early steps", name)
		}
		at := func(list []Step, is func(Step) bool) int { return slices.IndexFunc(list, is) }
		call := func(name, arg string) func(Step) bool {
			return func(s Step) bool { return s.Name == name && strings.Contains(s.String(), arg) }
		}
		for _, s := range append(slices.Clone(p.Init), p.Program...) {
			if s.Name == "prctl" && s.Args[0].Val == unix.PR_SET_DUMPABLE && s.Args[1].Val != 0 {
				t.Errorf("plan %s: memory that may be dumped: %s", name, s)
			}
			if s.Name == "openat" && s.Args[0].Val == cwd().Val && s.Args[1].Text() != "/" {
				t.Errorf("plan %s: a name is looked up where hostile code has been at work, and links are followed: %s", name, s)
			}
		}
		closed := at(p.Init, call("prctl", "PR_SET_DUMPABLE, SUID_DUMP_DISABLE"))
		enter, root, vfork := at(p.Init, call("setns", "CLONE_NEWPID")), at(p.Init, call("chroot", ".")), at(p.Init, call("clone3", ""))
		if closed < 0 || !(closed < enter && enter < root && root < vfork) {
			t.Errorf("plan %s: closed %d, entered %d, at the root %d, made %d", name, closed, enter, root, vfork)
		}
		for i, s := range p.Init { // nothing is opened in a tree that is not the run's
			if i > len(EarlyAttach(in.Host.Userns)) && i < root && (s.Name == "openat2" || s.Name == "openat") {
				t.Errorf("plan %s: before the root: %s", name, s)
			}
		}
		if in.Enterable {
			first, bounded := at(p.Init, call("setns", "")), at(p.Init, call("prctl", "PR_CAPBSET_DROP"))
			if at(p.Init, call("setns", "CLONE_NEWUSER")) != first || bounded != first+1 {
				t.Errorf("plan %s: the first namespace in step %d, capabilities bounded in %d", name, first, bounded)
			}
		}
		uid, none, death := at(p.Program, call("setresuid", "")), at(p.Program, call("capset", "permitted=0")), 0
		for i, s := range p.Program {
			if call("prctl", "PR_SET_PDEATHSIG, SIGKILL")(s) {
				death = i
			}
		}
		privs := at(p.Program, call("prctl", "PR_SET_NO_NEW_PRIVS, 1"))
		if uid < 0 || !(uid < none && none < privs && privs < death && death < len(p.Program)-1) {
			t.Errorf("plan %s: uid %d, no capabilities %d, no_new_privs %d, end with the maker %d", name, uid, none, privs, death)
		}
		users := at(p.Program, call("setns", "CLONE_NEWUSER"))
		if in.OwnUser() != (users >= 0) || users > uid {
			t.Errorf("plan %s: enters the user namespace in step %d, uid in %d", name, users, uid)
		}
		if in.Policy.Landlock.Enabled && at(p.Program, call("landlock_restrict_self", "")) < death {
			t.Errorf("plan %s: no Landlock", name)
		}
		last := p.Program[len(p.Program)-1]
		if last.Name != "execve" || len(in.Filter) > 0 && at(p.Program, call("seccomp", "")) < death {
			t.Errorf("plan %s: the filter, then %s", name, last)
		}
		if end := p.Init[len(p.Init)-1]; end.Op != OpServeOne || end.Name != "ppoll" {
			t.Errorf("plan %s ends with %s", name, end)
		}
	}
}

// TestHandedOver: what a second command of an ordinary user enters by is open
// before the program is there, is handed over once, and is left to nobody: neither
// to the program nor to PID 1. Other runs have no step for it.
func TestHandedOver(t *testing.T) {
	for name, in := range plans(t) {
		p := Compile(in)
		hand, made, closed, opened := -1, -1, -1, 0
		for i, s := range p.Init {
			switch {
			case s.Op == OpHandEntrance && hand < 0:
				hand = i
			case s.Op == OpHandEntrance:
				t.Errorf("plan %s hands over twice", name)
			case s.Op == OpVfork:
				made = i
			case s.Name == "close_range" && strings.HasPrefix(s.String(), "close_range(5, 4294967295"):
				closed = i
			case s.Name == "openat" && s.Why == "--name":
				opened++
				if made >= 0 || !strings.Contains(s.String(), "O_CLOEXEC") {
					t.Errorf("plan %s: %s", name, s)
				}
			}
		}
		if !in.Enterable {
			if hand >= 0 || opened > 0 || strings.Contains(text(p), "ns/user") || in.Handed() != 0 {
				t.Errorf("plan %s hands over what nobody may enter by", name)
			}
			continue
		}
		_, fds, _ := strings.Cut(p.Init[hand].String(), "cmsg_data=[")
		fds, _, _ = strings.Cut(fds, "]")
		if !(made < hand && hand < closed) || opened < 7 || in.OwnUser() != (in.Handed() == opened+1) || strings.Count(fds, ",")+1 != in.Handed() {
			t.Errorf("plan %s: made %d, handed %d, closed %d; %d opened, %d handed: %s", name, made, hand, closed, opened, in.Handed(), p.Init[hand])
		}
	}
}

// TestAttachLikeRun: what is set of the program before execve is set of a second command, to the same values.
func TestAttachLikeRun(t *testing.T) {
	for name, in := range attached(t) {
		run, second := Compile(in).Program, Attach(in).Program
		for _, call := range []string{"prlimit64", "setgroups", "setresgid", "setresuid", "umask", "rt_sigprocmask", "landlock_restrict_self", "seccomp", "execve", "fchdir", "chdir"} {
			texts := func(list []Step) (all []string) {
				for _, s := range list {
					if s.Name == call {
						all = append(all, strings.SplitN(s.String(), ") = ", 2)[0])
					}
				}
				return all
			}
			a, b := texts(run), texts(second)
			if in.Host.Userns.Maps == OneID && strings.HasPrefix(call, "setres") { // it is nobody else to begin with
				continue
			}
			if in.OwnUser() && strings.HasPrefix(call, "setres") || call == "landlock_restrict_self" || call == "fchdir" { // other ids, other descriptors
				a, b = a[:min(1, len(a))], b[:min(1, len(b))]
				if len(a) != len(b) {
					t.Errorf("plan %s: %s: %q and %q", name, call, a, b)
				}
				continue
			}
			if !slices.Equal(a, b) {
				t.Errorf("plan %s: %s: the program's are %q, the command's %q", name, call, a, b)
			}
		}
	}
}
