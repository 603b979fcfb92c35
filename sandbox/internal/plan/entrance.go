package plan

import "golang.org/x/sys/unix"

// An ordinary user's judge exec cannot look into PID 1, which is never dumpable:
// neither /proc/PID/ns nor a pidfd would let him in (ptrace(2), "Ptrace access mode
// checking"; setns(2)). So PID 1 of a run with a name hands its judge descriptors of
// its namespaces, and nothing of itself is any more open than before. Who may open
// judge's own descriptors, and is the user who made the namespaces, may enter them
// (user_namespaces(7)): that is that user, who could do worse to his judge, and
// nobody in the run.

// openEntrance opens them while the old root is there: the run's own may have no /proc.
func openEntrance(b *builder, in Input) []int {
	if !in.Enterable {
		return nil
	}
	b.because("--name", "")
	defer b.because("", "")
	var fds []int
	for _, ns := range namespacesOf(in) {
		fds = append(fds, b.open("/proc/self/ns/"+ns.file, unix.O_RDONLY|unix.O_CLOEXEC, 0))
	}
	return fds
}

// withRoot puts the root directory of PID 1's new root before them.
func withRoot(b *builder, in Input, fds []int) []int {
	if !in.Enterable {
		return nil
	}
	b.because("--name", "")
	defer b.because("", "")
	return append([]int{b.open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)}, fds...)
}

// handEntrance hands them over, and then the user namespace that the program's
// process has made, if any.
func handEntrance(b *builder, in Input, fds []int, users int) {
	if !in.Enterable {
		return
	}
	b.because("--name", "")
	defer b.because("", "")
	if users >= 0 {
		fds = append(fds, users)
	}
	b.send(OpHandEntrance, fds)
}

// A namespace is one of PID 1's, by its name in /proc/PID/ns and the flag by which it is entered.
type namespace struct {
	file, text string
	flag       uint64
}

// namespacesOf are those that are handed over, in the order in which they are
// entered: the user namespace gives the right to enter the others.
func namespacesOf(in Input) []namespace {
	list := []namespace{
		{"user", "CLONE_NEWUSER", unix.CLONE_NEWUSER},
		{"mnt", "CLONE_NEWNS", unix.CLONE_NEWNS},
		{"uts", "CLONE_NEWUTS", unix.CLONE_NEWUTS},
		{"ipc", "CLONE_NEWIPC", unix.CLONE_NEWIPC},
		{"net", "CLONE_NEWNET", unix.CLONE_NEWNET},
		{"pid", "CLONE_NEWPID", unix.CLONE_NEWPID},
	}
	if in.Policy.Namespaces.Time { // PID 1 itself stays outside
		list = append(list, namespace{"time_for_children", "CLONE_NEWTIME", unix.CLONE_NEWTIME})
	}
	return list
}

// Handed is how many descriptors [handEntrance] hands over; 0 for a run that only root enters.
func (in Input) Handed() int {
	switch {
	case !in.Enterable:
		return 0
	case in.OwnUser():
		return 1 + len(namespacesOf(in)) + 1
	}
	return 1 + len(namespacesOf(in))
}

// enterAsUser enters the namespaces that were handed over, and returns the user
// namespace of the program, or -1.
func enterAsUser(b *builder, in Input, fds []int) (users int) {
	list := namespacesOf(in)
	for i, ns := range list {
		b.call("setns", unix.SYS_SETNS, Int(int64(fds[i])), Sym(ns.flag, ns.text))
		if ns.flag == unix.CLONE_NEWUSER { // before, there was no right to
			dropCapabilities(b)
			giveStreams(b, in)
		}
	}
	if !in.OwnUser() {
		return -1
	}
	return fds[len(list)]
}
