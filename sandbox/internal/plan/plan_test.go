package plan

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
)

var update = flag.Bool("update", false, "write the plans to testdata")

func builtin(t *testing.T, name string) policy.Policy {
	t.Helper()
	p, ok := policy.Builtin(name)
	if !ok {
		t.Fatalf("no built-in policy %s", name)
	}
	if p.Identity.Hostname == "" {
		p.Identity.Hostname = DefaultHostname
	}
	return p
}

// hostView is a host as most are.
func hostView() Root {
	return Root{
		Trees: []Tree{{"/usr", "usr"}, {"/run/judge/etc-0123456789abcdef", "etc"}},
		Links: []Link{{"bin", "usr/bin"}, {"lib", "usr/lib"}, {"lib64", "usr/lib64"}},
	}
}

// input is that of a plain run on cgroup v1.
func input(p policy.Policy) Input {
	return Input{
		Policy: p,
		Host:   Host{MountPoint: "/run/judge", Cgroup: 1, JoinFDs: 3, Landlock: 7},
		Argv:   []string{"/bin/true"}, Path: "/bin/true", Env: []string{"HOME=/box", "PATH=/bin"},
		Root: hostView(), UID: 1_900_000_000, GID: 1_900_000_000,
		Filter: make([]byte, 8*100), Notify: true, ClockOK: true,
	}
}

// plans are all that the golden files show, and what the rules of order hold for.
func plans(t *testing.T) map[string]Input {
	strict, open := builtin(t, "strict"), builtin(t, "default")
	all := map[string]Input{"strict": input(strict)}

	ordinary := input(open) // its filter lets mq_open pass
	ordinary.Queues = true
	all["default"] = ordinary

	built := input(strict)
	built.BoxLower, built.Path = "/var/tmp/program-1", "/box/program"
	all["built"] = built
	built.ReadonlyBox, built.Root = true, Root{Lower: "/srv/rootfs"}
	built.Copies = []Copy{{Source: "/srv/data", Name: "data", Mode: unix.S_IFREG | 0o444, Size: 5}}
	all["built-readonly"] = built

	keys := input(strict)
	keys.Keys = true
	all["keys"] = keys

	directory := input(open)
	directory.Queues = true
	directory.Root = Root{Lower: "/srv/rootfs"}
	directory.Policy.Filesystem.Sys = "ro"
	directory.Host.Masked = Masks(directory.Policy.Filesystem)
	all["directory"] = directory

	bare := input(strict)
	bare.Root = Root{Lower: "/srv/rootfs"}
	bare.Policy.Filesystem = policy.Filesystem{Workdir: "/", Proc: "none"}
	bare.Policy.Limits = policy.Limits{}
	bare.Policy.Namespaces.Cgroup = false
	bare.Filter = nil
	all["bare"] = bare

	box := input(strict)
	box.Argv, box.Path = []string{"./prog", "an argument", "two\nlines", ""}, "/box/prog"
	box.Copies = []Copy{
		{Source: "/home/me/box/sub", Name: "sub", Mode: unix.S_IFDIR | 0o550, Owned: true},
		{Source: "/home/me/box/sub/in\tput", Name: "sub/in\tput", Mode: unix.S_IFREG | 0o640, Size: 5000, Owned: true},
		{Source: "../../etc/shadow", Name: "sub/link", Mode: unix.S_IFLNK | 0o777, Owned: true},
		{Source: "/home/me/empty", Name: "empty", Mode: unix.S_IFREG | 0o444},
		{Source: "/home/me/prog", Name: "prog", Mode: unix.S_IFREG | 0o555, Size: 1 << 20},
	}
	all["box"] = box

	terminal := input(open)
	terminal.Pseudoterminals, terminal.Terminal = true, &Terminal{Rows: 24, Cols: 80}
	all["terminal"] = terminal

	binds := input(open)
	binds.Host.Masked = []Mask{{"/proc/keys", false}, {"/proc/fs", true}}
	binds.Binds = []Bind{
		{Source: "/srv/data", Target: "/data/in", Readonly: true, Dir: true},
		{Source: "/srv/one.txt", Target: "/box/one.txt", Readonly: true},
		{Source: "/srv/out", Target: "/box/out", Dir: true},
		{Source: "/srv/log", Target: "/box/log"},
	}
	all["binds"] = binds

	odd := input(open) // a store and no /usr to speak of, with mounts below
	odd.Root = Root{
		Trees: []Tree{{"/bin", "bin"}, {"/usr", "usr"}, {"/nix/store", "nix/store"}, {"/run/judge/etc-0123456789abcdef", "etc"}},
		Links: []Link{{"run/current-system", "/nix/store/0-system"}},
	}
	odd.Binds = []Bind{
		{Source: "/usr/local", Target: "/usr/local", Readonly: true, Dir: true, Host: true},
		{Source: "/usr/bin/tool", Target: "/usr/bin/tool", Readonly: true, Host: true, Copy: true, Size: 5000, Mode: unix.S_IFREG | 0o755},
	}
	all["mounts"] = odd

	deep := input(open) // in a container in a container
	deep.Root.Shared, deep.Policy.Identity.Hostname = true, "own"
	deep.Binds = []Bind{
		{Source: "/srv/data", Target: "/data/in", Readonly: true, Dir: true, Shared: true},
		{Source: "/srv/one.txt", Target: "/box/one.txt", Readonly: true, Copy: true, Size: 5000, Mode: unix.S_IFREG | 0o644},
	}
	all["shared"] = deep

	walled := input(strict) // a rootfs that is to be read only, and an older Landlock
	walled.Root, walled.Host.Landlock = Root{Lower: "/srv/rootfs"}, 3
	walled.Policy.Filesystem.Shm = false
	walled.Binds = []Bind{{Source: "/srv/out", Target: "/out", Dir: true}, {Source: "/srv/log", Target: "/log"}}
	all["walled"] = walled

	clocks := input(strict)
	clocks.Policy.Namespaces.Time, clocks.Policy.Namespaces.User, clocks.Policy.Filesystem.Proc = true, true, "none"
	clocks.Host.Monotonic, clocks.Host.Boottime = 1234567890123, 2345678901234
	all["namespaces"] = clocks

	bridged := input(open)
	bridged.Policy.Network.Mode = "bridge"
	bridged.Hosts, bridged.Resolv = BridgedHosts("judge", "10.200.0.2", "10.200.0.1"), "nameserver 192.0.2.1\n"
	all["bridge"] = bridged

	wired := bridged
	wired.Root = Root{Lower: "/srv/rootfs"}
	all["bridge-directory"] = wired

	open2 := input(open)
	open2.Policy.Network.Mode = "host"
	all["hostnet"] = open2

	root := input(strict)
	root.Policy.Identity.UID, root.Policy.Identity.GID = 0, 0
	all["uid0"] = root

	unified := input(open)
	unified.Host.Cgroup, unified.Host.JoinFDs = 2, 1
	all["v2"] = unified

	quiet := input(strict) // a filter without notices, which forbids the clock
	quiet.Notify, quiet.ClockOK = false, false
	all["noclock"] = quiet

	own := Userns{OneID, 1000, 1000}
	user := input(open) // an ordinary user without cgroups
	user.Host.Userns, user.Host.Cgroup, user.Host.JoinFDs = own, 0, 0
	user.Host.Masked = []Mask{{"/proc/keys", false}, {"/proc/fs", true}}
	user.Binds = []Bind{{Source: "/srv/data", Target: "/data/in", Readonly: true, Dir: true}}
	all["user"] = user

	delegated := input(strict) // with cgroups, and a root file system
	delegated.Host.Userns, delegated.Host.Cgroup, delegated.Host.JoinFDs = own, 2, 1
	delegated.Root, delegated.Policy.Filesystem.Sys = Root{Lower: "/srv/rootfs"}, "ro"
	delegated.Policy.Namespaces.Time, delegated.Policy.Filesystem.Proc = true, "none"
	all["user-rootfs"] = delegated

	many := input(strict) // with ids to give away
	many.Host.Userns, many.Host.Cgroup, many.Host.JoinFDs = Userns{ManyIDs, 1000, 1000}, 2, 1
	all["user-ids"] = many

	named := user // those that others enter
	named.Enterable, named.Pseudoterminals, named.Terminal = true, true, &Terminal{Rows: 24, Cols: 80}
	all["user-named"] = named
	delegated.Enterable, many.Enterable = true, true
	all["user-named-rootfs"], all["user-named-ids"] = delegated, many
	return all
}

func text(p *Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "clone3 %#x\n", p.CloneFlags)
	for i, list := range p.Lists() {
		for j, s := range list {
			fmt.Fprintf(&b, "%s %3d  %s", [...]string{"init   ", "program"}[i], j, s)
			if s.Why != "" {
				fmt.Fprintf(&b, "  /* %s */", s.Why)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestGolden: what a change of a plan changes is to be read in review.
func TestGolden(t *testing.T) {
	for name, in := range plans(t) {
		t.Run(name, func(t *testing.T) {
			got := text(Compile(in))
			file := filepath.Join("testdata", name+".txt")
			if *update {
				if runtime.GOARCH != "amd64" {
					t.Fatal("the golden files are made on x86_64")
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if want := here(string(want)); got != want {
				t.Errorf("the plan has changed (go test -update, and read the difference):\n%s", difference(want, got))
			}
		})
	}
}

// here is a golden text, which is of x86_64, as it is on this processor: no
// other has a thread pointer to move.
func here(golden string) string {
	if runtime.GOARCH == "amd64" {
		return golden
	}
	var b strings.Builder
	list, less := "", 0
	for line := range strings.Lines(golden) {
		number, err := strconv.Atoi(strings.TrimSpace(line[8:11]))
		switch {
		case err != nil:
			b.WriteString(line)
			continue
		case line[:8] != list:
			list, less = line[:8], 0
		}
		if strings.HasPrefix(line[13:], "arch_prctl(") {
			less++
			continue
		}
		fmt.Fprintf(&b, "%s%3d%s", line[:8], number-less, line[11:])
	}
	return b.String()
}

// difference shows the lines from the first that differs on.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// TestOrder holds the orders that matter, in every plan that has both calls.
// A pattern is the beginning of a step's text, and after ~ what it holds; the last step that fits comes
// before the first of the other.
func TestOrder(t *testing.T) {
	tests := []struct{ rule, list, before, after string }{
		{"signals have their defaults before PID 1 has anything to lose", "init", "rt_sigaction(", "unshare("},
		{"judge's descriptors are closed before the tree is built", "init", "close_range(4, ", "mount("},
		{"judge's memory is gone before the tree is built", "init", "munmap(", "unshare("},
		{"PID 1 is out of reach of debuggers before the tree is built", "init", "prctl(PR_SET_DUMPABLE", `mount("tmpfs"`},
		{"the thread pointer is moved before what it points to is unmapped", "init", "arch_prctl(", "munmap("},
		{"no mount is seen outside", "init", `mount(NULL, "/", NULL, MS_REC|MS_PRIVATE`, `mount("tmpfs"`},
		{"what lies below is opened before the tmpfs can hide it", "init", `openat(AT_FDCWD, "/run/judge`, `mount("tmpfs"`},
		{"files are copied into the box while the old root is there", "init", "sendfile(", "pivot_root("},
		{"sources of binds are opened while the old root is there", "init", "open_tree(", "pivot_root("},
		{"targets of binds are looked up in the new root", "init", "pivot_root(", `move_mount(~AT_FDCWD, "/`},
		{"what is shown as it is, is taken before the tmpfs may cover it", "init", `open_tree(~"/run/judge/etc-`, `mount("tmpfs", "/run/judge"`},
		{"the run's own files of /etc lie over the host's", "init", `move_mount(~AT_FDCWD, "etc"`, `move_mount(~AT_FDCWD, "etc/passwd"`},
		{"no link leads a bind's target into /proc/self/fd", "init", "move_mount(", `mount("proc", "/proc"`},
		{"no link leads a bind's target into a user's /proc/self/fd", "init", `move_mount(~"/data/in"`, `move_mount(~"/proc"`},
		{"a user's proc is mounted where another is in sight", "init", `mount("proc", "mnt"`, "pivot_root("},
		{"a user's writable places are mounts of their own before the root is sealed", "init", `mount("/box", "/box"`, `mount(NULL, "/", NULL, MS_RDONLY`},
		{"a user's writable places are mounts of their own before a bind is attached in one", "init", `mount("/box", "/box"`, "move_mount("},
		{"a user's binds are attached before the root is sealed", "init", "move_mount(", `mount(NULL, "/", NULL, MS_RDONLY`},
		{"a user's tree is sealed before the program is there", "init", `mount(NULL, "/", NULL, MS_RDONLY`, "clone3("},
		{"a user's maps are there before anything is made", "init", `openat(AT_FDCWD, "/proc/self/gid_map"`, "unshare("},
		{"the old root is gone before a bind is attached", "init", "umount2(\".\"", `move_mount(~AT_FDCWD, "/`},
		{"the old root is gone before the program can be there", "init", "umount2(\".\"", "clone3("},
		{"all that is done for the program is done before the limits are there", "init", "pivot_root(", "recvmsg(3, {..., msg_control=[{..., cmsg_type=SCM_RIGHTS, cmsg_data=[7"},
		{"the tree is whole before the program is", "init", "move_mount(", "clone3("},
		{"a time namespace's clocks are set where there is a /proc", "init", `openat(AT_FDCWD, "/proc/self/timens_offsets"`, "pivot_root("},
		{"a time namespace's clocks are set before anybody is in it", "init", `openat(AT_FDCWD, "/proc/self/timens_offsets"`, "clone3("},
		{"no bind is attached below a mask", "init", "move_mount(", `mount("/dev/null", "/proc`},
		{"masks hide what is there", "init", `mount("proc"`, `mount("/dev/null", "/proc`},
		{"/sys is there before it is masked", "init", `mount("sysfs"`, `mount("/sys/fs/cgroup"`},
		{"the kernel's settings are read-only before the program is there", "init", `mount(NULL, "/proc/sys"`, "clone3("},
		{"the empty directory of /sys hides all others before it is hidden", "init", `mount("/sys/fs/cgroup", "/sys/power"`, `mount("/sys/fs/cgroup", "/sys/fs"`},
		{"rules of Landlock are for the finished tree", "init", "move_mount(", "landlock_add_rule("},
		{"rules of Landlock are for the finished /proc", "init", "mount(\"proc\"", "landlock_add_rule("},
		{"nothing of Landlock's making is billed to the run", "init", "landlock_add_rule(", "recvmsg(3, {..., msg_control=[{..., cmsg_type=SCM_RIGHTS, cmsg_data=[7"},
		{"the parent knows the program before PID 1 gives up its descriptors", "init", "sendmsg(", "close_range(5, "},
		{"PID 1 has no right left when it serves", "init", "capset(", "ppoll("},
		{"PID 1 has no descriptor of the program's when it serves", "init", "close_range(0, 2, ", "ppoll("},

		{"the program joins its cgroups while it has the right to", "program", "write(7, \"0\"", "setresuid("},
		{"a cgroup namespace is rooted where its maker is", "program", "write(9, \"0\"", "unshare(CLONE_NEWCGROUP"},
		{"a cgroup namespace needs a right", "program", "unshare(CLONE_NEWCGROUP", "setresuid("},
		{"what is billed but judge's is measured from the join on", "program", "write(9, \"0\"", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID"},
		{"limits are raised while there is the right to", "program", "prlimit64(", "setresuid("},
		{"the bounding set is emptied while there is the right to", "program", "prctl(PR_CAPBSET_DROP", "capset("},
		{"secure bits are set while there is the right to", "program", "prctl(PR_SET_SECUREBITS", "capset("},
		{"groups go while there is the right to", "program", "setgroups(", "setresuid("},
		{"gid before uid", "program", "setresgid(", "setresuid("},
		{"the user namespace belongs to the run's uid", "program", "setresuid(", "unshare(CLONE_NEWUSER"},
		{"setgroups is off before the gid map", "program", `openat(AT_FDCWD, "/proc/self/setgroups"`, `openat(AT_FDCWD, "/proc/self/gid_map"`},
		{"capabilities go after the uid, and stay gone", "program", "setresuid(", "capset("},
		{"capabilities of the user namespace go, too", "program", "unshare(CLONE_NEWUSER", "capset("},
		{"the program's memory is closed again after its maps are written", "program", `openat(AT_FDCWD, "/proc/self/gid_map"`, "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE"},
		{"without rights, a filter needs no_new_privs", "program", "prctl(PR_SET_NO_NEW_PRIVS", "seccomp("},
		{"without rights, Landlock needs no_new_privs", "program", "prctl(PR_SET_NO_NEW_PRIVS", "landlock_restrict_self("},
		{"the maps of a user namespace are written before Landlock", "program", "unshare(CLONE_NEWUSER", "landlock_restrict_self("},
		{"the filter is the last wall, and may forbid to make others", "program", "landlock_restrict_self(", "seccomp("},
		{"the work directory is entered as the program may", "program", "setresuid(", "chdir("},
	}
	for _, tt := range tests {
		if tt.before == "arch_prctl(" && runtime.GOARCH != "amd64" {
			continue
		}
		held := false
		for name, in := range plans(t) {
			p := Compile(in)
			list := p.Lists()[map[string]int{"init": 0, "program": 1}[tt.list]]
			last, first := -1, -1
			for i, s := range list {
				line := s.String()
				if fits(line, tt.before) {
					last = i
				}
				if fits(line, tt.after) && first < 0 {
					first = i
				}
			}
			if last < 0 || first < 0 {
				continue
			}
			held = true
			if last > first {
				t.Errorf("%s: in plan %s, step %d is %s, step %d is %s", tt.rule, name, first, list[first], last, list[last])
			}
		}
		if !held {
			t.Errorf("%s: no plan has both %q and %q", tt.rule, tt.before, tt.after)
		}
	}
}

func fits(line, pattern string) bool {
	start, part, _ := strings.Cut(pattern, "~")
	return strings.HasPrefix(line, start) && strings.Contains(line, part)
}

// TestAfterTheFilter: the filter may forbid anything, so nothing but execve,
// and the clocks if it is known to let them pass, comes after it.
func TestAfterTheFilter(t *testing.T) {
	for name, in := range plans(t) {
		var after []string
		p := Compile(in)
		for i, s := range p.Program {
			if s.Name == "seccomp" {
				for _, next := range p.Program[i+1:] {
					after = append(after, next.Name)
				}
			}
		}
		want := "clock_gettime clock_gettime execve"
		switch {
		case len(in.Filter) == 0:
			want = ""
		case !in.ClockOK:
			want = "execve"
		}
		if got := strings.Join(after, " "); got != want {
			t.Errorf("plan %s has after the filter: %s, want %s", name, got, want)
		}
	}
}

// TestEvery plan, whatever is in it.
func TestEvery(t *testing.T) {
	for name, in := range plans(t) {
		p := Compile(in)
		if last := p.Program[len(p.Program)-1]; last.Name != "execve" {
			t.Errorf("plan %s ends in %s", name, last)
		}
		if last := p.Init[len(p.Init)-1]; last.Op != OpServe && last.Op != OpServeAll {
			t.Errorf("plan %s of PID 1 ends in %s", name, last)
		}
		early := Early(in.Host.Userns)
		for i, s := range early {
			if i >= len(p.Init) || p.Init[i].String() != s.String() {
				t.Errorf("plan %s does not begin with early step %d, %s", name, i, s)
			}
		}
		for _, list := range p.Lists() {
			for i, s := range list {
				if len(s.Args) > 6 {
					t.Errorf("plan %s, step %d has %d arguments: %s", name, i, len(s.Args), s)
				}
				if strings.ContainsAny(s.String(), "\n\x00") {
					t.Errorf("plan %s, step %d takes more than a line: %q", name, i, s)
				}
			}
		}
		names := fmt.Sprint(p.Init, p.Program)
		once := []string{"pivot_root(", "clone3(", "execve(", "setresuid(", "ppoll("}
		if in.Host.Userns.Maps == OneID {
			once[3] = "\"0 1000 1\"" // the map of uids, and the same of gids
			names = strings.Replace(names, once[3], "", 1)
		}
		for _, once := range once {
			if n := strings.Count(names, once); n != 1 {
				t.Errorf("plan %s has %s %d times", name, once, n)
			}
		}
	}
}

// TestNoPathOfTheHost: what the run can read of its own mounts names nothing
// of the host.
func TestNoPathOfTheHost(t *testing.T) {
	for name, in := range plans(t) {
		for _, s := range Compile(in).Init {
			if s.Name != "mount" {
				continue
			}
			for i, a := range s.Args {
				if strings.Contains(a.Text(), "/srv") || strings.Contains(a.Text(), "/home") || i != 1 && strings.Contains(a.Text(), "/run/judge") {
					t.Errorf("plan %s: %s", name, s)
				}
			}
		}
	}
}

// TestDescriptors follows the child's table through the lists, as the kernel
// would: each open gets the lowest free number.
func TestDescriptors(t *testing.T) {
	for name, in := range plans(t) {
		p := Compile(in)
		open := map[int64]bool{}
		lowest := func() int64 {
			for n := int64(0); ; n++ {
				if !open[n] {
					open[n] = true
					return n
				}
			}
		}
		arg := func(s Step, i int) int64 { return int64(s.Args[i].Val) }
		var walk func([]Step)
		walk = func(list []Step) {
			for i, s := range list {
				switch s.Name {
				case "dup3":
					open[arg(s, 1)] = true
				case "close":
					if !open[arg(s, 0)] {
						t.Errorf("plan %s, step %d: %s, which is not open", name, i, s)
					}
					open[arg(s, 0)] = false
				case "setns": // it came with the streams
					if fd := lowest(); fd != arg(s, 0) {
						t.Errorf("plan %s, step %d: %s, the kernel gave it the number %d", name, i, s, fd)
					}
				case "close_range":
					for n := arg(s, 0); n <= min(arg(s, 1), 1000); n++ {
						open[n] = false
					}
				case "recvmsg":
					n := 3 // standard streams, and then the cgroups
					if i >= len(Early(in.Host.Userns)) {
						n = in.Host.JoinFDs
					}
					for range n {
						fmt.Fprintf(new(bytes.Buffer), "%d", lowest())
					}
				case "clone3":
					lowest()        // the pidfd
					walk(p.Program) // shares the table until exec
				case "write", "fchdir", "move_mount", "mount_setattr", "landlock_restrict_self":
					if !open[arg(s, 0)] {
						t.Errorf("plan %s, step %d: %s: the descriptor is not open", name, i, s)
					}
				case "landlock_add_rule":
					if from := int64(s.Args[2].Blob.Data[8]); !open[arg(s, 0)] || !open[from] {
						t.Errorf("plan %s, step %d: %s: a descriptor is not open", name, i, s)
					}
				case "sendfile":
					if !open[arg(s, 0)] || !open[arg(s, 1)] {
						t.Errorf("plan %s, step %d: %s: a descriptor is not open", name, i, s)
					}
				}
				if s.FD >= 0 {
					if got := lowest(); got != int64(s.FD) {
						t.Errorf("plan %s, step %d: %s: the kernel gives %d", name, i, s, got)
					}
				}
			}
		}
		walk(p.Init)
		for n := range open {
			if open[n] && n != fdControl && n != fdSignal {
				t.Errorf("plan %s: PID 1 keeps descriptor %d", name, n)
			}
		}
	}
}

func TestTable(t *testing.T) {
	b := newBuilder(&fdTable{}, 4)
	b.fds.open = []bool{true, true, true}
	first, second, third := b.open("a", unix.O_RDONLY, 0), b.open("b", unix.O_RDONLY, 0), b.open("c", unix.O_RDONLY, 0)
	b.close(second)
	again, after := b.open("d", unix.O_RDONLY, 0), b.open("e", unix.O_RDONLY, 0)
	b.closeRange(4, -1)
	last := b.open("f", unix.O_RDONLY, 0)
	if got, want := []int{first, second, third, again, after, last}, []int{3, 4, 5, 4, 6, 4}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("descriptors %v, want %v", got, want)
	}
}

func TestDiskBound(t *testing.T) {
	in := input(builtin(t, "strict"))
	in.Policy.Limits.Disk, in.Policy.Limits.Inodes = 1<<20, 100
	in.Copies = []Copy{{Source: "/a", Name: "a", Mode: unix.S_IFREG, Size: 1}, {Source: "/b", Name: "b", Mode: unix.S_IFREG, Size: 4097}}
	const pageSize = 4096
	want := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0755", 1<<20+3*pageSize+8*pageSize, 100+skeletonInodes+2)
	if all := text(Compile(in)); !strings.Contains(all, want) {
		t.Errorf("files for the box take of the program's own bound; want %s in\n%s", want, all)
	}
}

// Quote follows string_quote of strace (src/util.c).
func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `""`},
		{"plain text", `"plain text"`},
		{`a "quoted" \ word`, `"a \"quoted\" \\ word"`},
		{"\t\n\v\f\r", `"\t\n\v\f\r"`},
		{"\x00", `"\0"`},
		{"\x01z", `"\1z"`},
		{"\x017", `"\0017"`}, // a digit follows: all three digits
		{"\x1b[0m", `"\33[0m"`},
		{"\x1b0", `"\0330"`},
		{"\x1b9", `"\339"`}, // 9 is no octal digit
		{"\x7f\xff", `"\177\377"`},
		{"é", `"\303\251"`},
	}
	for _, tt := range tests {
		if got := Quote(tt.in); got != tt.want {
			t.Errorf("Quote(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestFlagNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{showOpen(Arg{Val: unix.O_RDONLY}), "O_RDONLY"},
		{showOpen(Arg{Val: unix.O_WRONLY | unix.O_CLOEXEC | unix.O_CREAT | unix.O_EXCL}), "O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC"},
		{showOpen(Arg{Val: unix.O_RDWR | unix.O_APPEND}), "O_RDWR|0x400"},
		{showMount(Arg{}), "0"},
		{showMount(Arg{Val: unix.MS_BIND | unix.MS_RDONLY}), "MS_RDONLY|MS_BIND"},
		{showOctal(Arg{}), "000"},
		{showOctal(Arg{Val: 0o1777}), "01777"},
		{showDevice(Arg{Val: unix.Mkdev(5, 0)}), "makedev(0x5, 0)"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
}
