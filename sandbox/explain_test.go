package sandbox_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// TestExplainIsWhatHappens runs judge run --explain, and the same under strace,
// and compares the two lists call by call.
func TestExplainIsWhatHappens(t *testing.T) {
	needRoot(t, "strace shows the memory of processes that may not be dumped to nobody else")
	judge, program := judgeBinary(t), actor(t)
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("feature missing: strace")
	}
	dir := t.TempDir()
	box := boxTree(t, filepath.Join(dir, "box"))
	root := smallRoot(t, filepath.Join(dir, "root"), program)
	shared := filepath.Join(dir, "shared")
	if err := os.Mkdir(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	spaces := filepath.Join(dir, "spaces.toml")
	if err := os.WriteFile(spaces, []byte("extends = \"strict\"\nfilesystem.proc = \"none\"\nnamespaces = {user = true, time = true}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	user := ordinaryUser(t)
	open(t, dir)
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		as   []string
	}{
		{"user and time namespaces, and no /proc", []string{"-p", spaces, "/bin/true"}, nil},
		{"strict", []string{"-p", "strict", "/bin/true"}, nil},
		{"default, a file of the host", []string{program, "exit", "0"}, nil},
		{"a policy that maps uid 0", []string{"--uid", "0", "--gid", "0", "/bin/true"}, nil},
		{"a box with links and directories", []string{"-p", "strict", "--box", box, "--file", program + ":bin/it", "./" + filepath.Base(program), "exit", "0"}, nil},
		{"a directory as rootfs", []string{"-p", "strict", "--rootfs", root, "/actor", "print", "a \"quoted\"\tword\n\x01\xff", "exit", "0"}, nil},
		{"binds", []string{"--bind", shared + ":/box/rw:rw", "--bind", box + ":/srv/data", "--bind", program + ":/srv/prog", "/bin/true"}, nil},
		{"every limit off", []string{"--memory", "unlimited", "--pids", "unlimited", "--disk", "unlimited", "--inodes", "unlimited",
			"--stack", "unlimited", "--file-size", "unlimited", "--open-files", "unlimited", "--cpus", "1.5", "--cpuset", "0", "/bin/true"}, nil},
		{"compile", []string{"-p", "compile", "/bin/true"}, nil},
		{"a file as standard input", []string{"--stdin", "/etc/hostname", "-p", "strict", "/bin/cat"}, nil},
		{"ci", []string{"-p", "ci", "--open-files", "1024", "/bin/true"}, nil},

		{"user: user and time namespaces, and no /proc", []string{"-p", spaces, "/bin/true"}, user},
		{"user: strict", []string{"-p", "strict", "/bin/true"}, user},
		{"user: default, a file of the host", []string{program, "exit", "0"}, user},
		{"user: a policy that maps uid 0", []string{"--uid", "0", "--gid", "0", "/bin/true"}, user},
		{"user: a directory as rootfs", []string{"-p", "strict", "--rootfs", root, "/actor", "exit", "0"}, user},
		{"user: binds", []string{"--bind", shared + ":/box/rw:rw", "--bind", program + ":/srv/prog", "/bin/true"}, user},
		{"user: a file as standard input", []string{"--stdin", "/etc/hostname", "-p", "strict", "/bin/cat"}, user},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := filepath.Dir(program) // where ./actor is
			said := explained(t, at, slices.Concat(tt.as, []string{judge}), tt.args)
			made := traced(t, at, strace, slices.Concat(tt.as, []string{judge}), tt.args)
			compareCalls(t, "init", said["init"], made["init"])
			compareCalls(t, "program", said["program"], made["program"])
			afterwards(t, made["init"])
		})
	}
}

// TestExplainHoldsNothing: whether it is answered or refused, no descriptor stays.
func TestExplainHoldsNothing(t *testing.T) {
	for name, source := range map[string]string{"answered": "/etc", "refused": "/not/there"} {
		p := builtin(t, "strict")
		p.Filesystem.Bind = []policy.Bind{{Source: source, Target: "/seen", Readonly: true}}
		before := descriptors(t)
		_, err := sandbox.Explain(sandbox.Command{Args: []string{"/bin/true"}}, p)
		if refused := errors.As(err, new(*sandbox.UsageError)); refused != (name == "refused") {
			t.Errorf("%s: %v", name, err)
		}
		if after := descriptors(t); len(after) > len(before) {
			t.Errorf("%s: %v are open, before %v", name, after, before)
		}
	}
}

// boxTree makes a directory with everything that a box may start with.
func boxTree(t *testing.T, dir string) string {
	t.Helper()
	for _, d := range []string{"", "sub", "sub/deep", "locked"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"empty": "", "a file": "text\n", "sub/deep/new\nline": strings.Repeat("x", 100_000), "sub/script": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"abs": "/etc/passwd", "sub/up": "../a file", "gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "locked"), lockedMode()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// smallRoot makes a rootfs with one static program, /actor.
func smallRoot(t *testing.T, dir, program string) string {
	t.Helper()
	for _, d := range []string{"proc", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "actor"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// explained gives the calls of --explain, by list, ranges expanded.
func explained(t *testing.T, at string, judge, args []string) map[string][]string {
	t.Helper()
	cmd := exec.Command(judge[0], slices.Concat(judge[1:], []string{"run", "--explain"}, args)...)
	cmd.Dir = at
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	line := regexp.MustCompile(`^(init|program) +(\d+)  (.*?)(?:  /\* [^*]* \*/)?$`)
	lists := map[string][]string{}
	steps := map[string]int{}
	for text := range strings.Lines(string(out)) {
		m := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		if m == nil {
			t.Fatalf("--explain prints %q", text)
		}
		if m[2] != strconv.Itoa(steps[m[1]]) {
			t.Errorf("step %s of %s is printed as %s", strconv.Itoa(steps[m[1]]), m[1], m[2])
		}
		steps[m[1]]++
		lists[m[1]] = append(lists[m[1]], expand(m[3])...)
	}
	return lists
}

// expand makes one line of each number of a range a..b.
func expand(call string) []string {
	m := regexp.MustCompile(`^(\w+\()(.*?)(signal )?(\d+)\.\.(\d+)(.*)$`).FindStringSubmatch(call)
	if m == nil || strings.Contains(m[2], `"`) {
		return []string{call}
	}
	lo, _ := strconv.Atoi(m[4]) // \d+
	hi, _ := strconv.Atoi(m[5])
	var all []string
	for n := lo; n <= hi; n++ {
		name := capabilityName(n)
		if m[3] != "" {
			name = straceSignal(n)
		}
		all = append(all, m[1]+m[2]+name+m[6])
	}
	return all
}

func straceSignal(n int) string {
	const rtmin = 32 // the kernel's
	switch {
	case n > rtmin:
		return "SIGRT_" + strconv.Itoa(n-rtmin)
	case n == rtmin:
		return "SIGRTMIN"
	}
	return unix.SignalName(unix.Signal(n))
}

// capabilityName as in linux/capability.h; those that strace does not know it
// prints in its own way.
func capabilityName(n int) string {
	names := strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
		NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
		SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
		MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)
	if n < len(names) {
		return "CAP_" + names[n]
	}
	return "..."
}

// traced runs the command under strace, and gives the calls of PID 1 and of
// the program's process.
func traced(t *testing.T, at, strace string, judge, args []string) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(strace, slices.Concat([]string{"-ff", "-o", filepath.Join(dir, "t"), "-s", "200000", "-v", "-e", "abbrev=execve,seccomp", "--"},
		judge, []string{"run", "-q", "--report", "/dev/null"}, args)...)
	cmd.Dir = at
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	lists := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(dir, "t.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := straceOlder.Replace(string(data))
		calls := slices.Collect(strings.Lines(text))
		switch {
		case bytes.Contains(data, []byte(`prctl(PR_SET_NAME, "judge-init")`)):
			lists["init"] = calls
		case bytes.Contains(data, []byte("prctl(PR_SET_SECUREBITS,")):
			lists["program"] = calls
		}
	}
	return lists
}

// straceOlder spells out what strace 6.1 has no name for: 0 as a flag of mounts,
// and what came to Landlock after Linux 5.19.
var straceOlder = strings.NewReplacer(" /* MS_??? */", "",
	"|0xc000, ...}", "|LANDLOCK_ACCESS_FS_TRUNCATE|LANDLOCK_ACCESS_FS_IOCTL_DEV, later}",
	"|0xc000", "|LANDLOCK_ACCESS_FS_TRUNCATE|LANDLOCK_ACCESS_FS_IOCTL_DEV")

// compareCalls goes through both lists. Calls that strace saw after the last
// explained one are not looked at.
func compareCalls(t *testing.T, who string, said, made []string) {
	t.Helper()
	for i, call := range said {
		if len(made) == 0 {
			t.Errorf("%s: %s and what follows was not made", who, call)
			return
		}
		got := strings.TrimSuffix(made[0], "\n")
		made = made[1:]
		if !sameCall(call, got) {
			t.Errorf("%s, call %d:\nexplained %s\n   traced %s", who, i, call, got)
			return
		}
		if strings.HasPrefix(call, "sendfile(") { // again and again until nothing is left
			for !strings.HasSuffix(got, " = 0") && len(made) > 0 {
				if got = strings.TrimSuffix(made[0], "\n"); !sameCall(call, got) {
					t.Errorf("%s, call %d:\nexplained %s\n   traced %s", who, i, call, got)
				}
				made = made[1:]
			}
		}
	}
}

var (
	saidCall      = regexp.MustCompile(`^(\w+)\((.*)\)(?: = (\d+))?$`)
	madeCall      = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(?: (.*))?$`)
	aClock        = regexp.MustCompile(`(monotonic|boottime) -\d+`) // a second may pass in between
	aSlot         = regexp.MustCompile(`\b190000\d{4}\b`)
	laterLandlock = regexp.MustCompile(`(handled_access_net|scoped)=.*}`)
	symbolic      = regexp.MustCompile(`^[a-z]+$`) // stdin, start, length: no constant is written in small letters
)

// sameCall compares an explained call with a traced one. The slot's uid may be
// another, "..." stands for anything, and so does a word.
func sameCall(said, made string) bool {
	s, m := saidCall.FindStringSubmatch(said), madeCall.FindStringSubmatch(made)
	if s == nil || m == nil || s[1] != m[1] {
		return false
	}
	if s[3] != "" && s[3] != m[3] {
		return false
	}
	if m[3] == "-1" && !mayFail(s[1], s[2], m[4]) {
		return false
	}
	if s[1] == "landlock_create_ruleset" && strings.Contains(m[2], ", later}") {
		s[2] = laterLandlock.ReplaceAllString(s[2], "later}")
	}
	saidArgs, madeArgs := splitArgs(s[2]), splitArgs(m[2])
	if len(saidArgs) != len(madeArgs) {
		return false
	}
	for i, arg := range saidArgs {
		made := aClock.ReplaceAllString(madeArgs[i], "$1 NOW")
		if !sameArg(aSlot.ReplaceAllString(aClock.ReplaceAllString(arg, "$1 NOW"), "SLOT"), aSlot.ReplaceAllString(made, "SLOT")) {
			return false
		}
	}
	return true
}

// mayFail: signals that cannot be set, capabilities that the kernel does not
// know, a rule for a pipe, directories above a bind's target that are there, and
// a user's wish to take back a nice(1).
func mayFail(name, args, result string) bool {
	return name == "rt_sigaction" && strings.HasPrefix(result, "EINVAL") ||
		name == "prctl" && args == "PR_CAPBSET_DROP, ..." && strings.HasPrefix(result, "EINVAL") ||
		name == "setpriority" && strings.HasPrefix(result, "EACCES") ||
		name == "landlock_add_rule" && strings.HasPrefix(result, "EBADFD") ||
		(name == "mkdirat" || name == "mknodat") && strings.HasPrefix(result, "EEXIST")
}

func sameArg(said, made string) bool {
	if symbolic.MatchString(said) {
		return made != ""
	}
	var pattern strings.Builder
	for i, piece := range strings.Split(said, "...") {
		if i > 0 {
			pattern.WriteString(`[\s\S]*`)
		}
		pattern.WriteString(regexp.QuoteMeta(piece))
	}
	return regexp.MustCompile("^" + pattern.String() + "$").MatchString(made)
}

// splitArgs splits at the commas that stand in no string, list or struct.
func splitArgs(text string) []string {
	var args []string
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(args, strings.TrimSpace(text[from:]))
}

// afterwards: all that PID 1 does after its list is to wait, to reap and to tell.
func afterwards(t *testing.T, made []string) {
	t.Helper()
	last := slices.IndexFunc(made, func(s string) bool { return strings.HasPrefix(s, "ppoll(") })
	if last < 0 {
		t.Error("PID 1 does not wait")
		return
	}
	allowed := []string{"ppoll", "read", "wait4", "clock_gettime", "sendmsg", "exit_group", "kill", "getrusage"}
	for _, call := range made[last:] {
		name, _, isCall := strings.Cut(call, "(")
		if isCall && !slices.Contains(allowed, name) && !strings.HasPrefix(call, "---") && !strings.HasPrefix(call, "+++") {
			t.Errorf("PID 1, when the program runs: %s", call)
		}
	}
}
