package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"judge/cmd/internal/cli"
	"judge/policy"
	"judge/sandbox"
)

// A runFlag is one flag of judge run. One with a key lays its value over the
// policy; another goes where ref points: a *string, a *bool for a switch, or a
// func(string) error that takes the value. arg and about are for --help.
type runFlag struct {
	name, short, arg, about string
	key                     string
	ref                     func(*runFlags) any
}

// runFlagTable is what --help, the manual page and the completions of shells
// are made of or compared with. Its functions capture nothing, so the linker
// lays it out and no start of judge pays for it.
var runFlagTable = [...]runFlag{
	{name: "policy", short: "p", arg: "NAME|FILE", about: "strict, default, compile, ci, or a file (default)", ref: func(f *runFlags) any { return &f.policy }},
	{name: "name", arg: "NAME", about: "what judge ps, exec, stats, stop and kill call the run", ref: func(f *runFlags) any { return &f.cmd.Name }},
	{name: "inside", about: "look PROG up in the run alone, never among the host's files", ref: func(f *runFlags) any { return &f.cmd.Inside }},
	{name: "file", arg: "SRC[:NAME]", about: "put a file into /box, read-only; repeatable", ref: func(f *runFlags) any { return f.addFile }},
	{name: "collect", arg: "NAME[:DST]", about: "afterwards take this file out of /box; repeatable", ref: func(f *runFlags) any { return f.addCollect }},
	{name: "collect-dir", arg: "DIR", about: "where collected files go (.)", ref: func(f *runFlags) any { return &f.cmd.CollectDir }},
	{name: "stdin", arg: "FILE", about: "instead of judge's own", ref: func(f *runFlags) any { return &f.stdin }},
	{name: "stdout", arg: "FILE", about: "instead of judge's own", ref: func(f *runFlags) any { return &f.stdout }},
	{name: "stderr", arg: "FILE", about: "instead of judge's own", ref: func(f *runFlags) any { return &f.stderr }},
	{name: "grace", arg: "D", about: "between a forwarded signal and SIGKILL (1s)", ref: func(f *runFlags) any { return f.setGrace }},
	{name: "keep", arg: "DIR", about: "keep what the run wrote, to be looked at", ref: func(f *runFlags) any { return &f.cmd.Keep }},
	{name: "capture", about: "put stdout and stderr into the report", ref: func(f *runFlags) any { return &f.cmd.Capture }},
	{name: "report", arg: "FILE|-", about: "where the JSON report goes (stderr)", ref: func(f *runFlags) any { return &f.report }},
	{name: "pretty", about: "indented report", ref: func(f *runFlags) any { return &f.pretty }},
	{name: "explain", about: "print what would be done, step by step, and exit", ref: func(f *runFlags) any { return &f.explain }},
	{name: "cgroup", arg: "PATH|systemd", about: "below which cgroup the run's goes ($JUDGE_CGROUP; else found)", ref: func(f *runFlags) any { return &f.cmd.Cgroup }},
	{name: "quiet", short: "q", about: "no messages besides the report", ref: func(f *runFlags) any { return &f.quiet }},
	{name: "verbose", short: "v", about: "say on stderr how it ended", ref: func(f *runFlags) any { return &f.verbose }},
	{name: "tty", short: "t", about: "a pseudo-terminal of the run's own, for standard input, output and error", ref: func(f *runFlags) any { return &f.tty }},
	{name: "ip", arg: "CIDR", about: "address on the bridge (the slot's)", ref: func(f *runFlags) any { return f.setIP }},
	{name: "publish", arg: "HOST:PORT", about: "a TCP port of the run on the host's loopback; repeatable", ref: func(f *runFlags) any { return f.addPublish }},

	{name: "rootfs", arg: "NAME|DIR", about: "what is under the overlay (host)", key: "filesystem.rootfs"},
	{name: "box", arg: "DIR", about: "start with this directory's contents in /box", key: "filesystem.box"},
	{name: "bind", arg: "SRC:DST[:ro|rw]", about: "a bind mount (ro); repeatable", key: "filesystem.bind"},
	{name: "cpu-time", arg: "D", about: "processor time of all processes together", key: "limits.cpu_time"},
	{name: "wall-time", arg: "D", about: "elapsed time", key: "limits.wall_time"},
	{name: "idle-time", arg: "D", about: "end a run that used no processor time for so long", key: "limits.idle_time"},
	{name: "memory", arg: "SIZE", about: "of all processes together, with what the kernel holds for them", key: "limits.memory"},
	{name: "pids", arg: "N", about: "processes and threads alive at once", key: "limits.pids"},
	{name: "cpus", arg: "F", about: "bandwidth, in cores", key: "limits.cpus"},
	{name: "cpuset", arg: "LIST|auto", about: "cores; auto leases a free one", key: "limits.cpuset"},
	{name: "output", arg: "SIZE", about: "of stdout, and of stderr, each", key: "limits.output"},
	{name: "file-size", arg: "SIZE", about: "of one file", key: "limits.file_size"},
	{name: "disk", arg: "SIZE", about: "of all writable places together", key: "limits.disk"},
	{name: "inodes", arg: "N", about: "files in all writable places together", key: "limits.inodes"},
	{name: "stack", arg: "SIZE", about: "per process", key: "limits.stack"},
	{name: "open-files", arg: "N", about: "per process", key: "limits.open_files"},
	{name: "enforce", arg: "all|available", about: "refuse a run if this host cannot hold all limits, or list which (available)", key: "enforce"},
	{name: "hostname", arg: "H", about: "name of the machine, inside", key: "identity.hostname"},
	{name: "env", arg: "K=V|K", about: "set a variable, or pass one on; repeatable", key: "environment"},
	{name: "workdir", arg: "DIR", about: "where the run starts (/box)", key: "filesystem.workdir"},
	{name: "uid", arg: "N", about: "inside (the slot's own)", key: "identity.uid"},
	{name: "gid", arg: "N", about: "inside (the slot's own)", key: "identity.gid"},
	{name: "net", arg: "none|bridge|host", about: "network (none: an own, empty namespace); bridge:GROUP,... for those of these groups", key: "network.mode"},
}

// parseRun reads the command line; nil says that it asked for help, which was
// given.
func parseRun(args []string) (*runFlags, error) {
	return parseFlags(args, nil, "judge run [flags] [--] PROG [ARG...]")
}

// parseFlags reads flags of judge run, and those of another command that has
// all of them.
func parseFlags(args []string, more []runFlag, usage string) (*runFlags, error) {
	f := &runFlags{policy: "default", more: more, usage: usage}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		if word == "--help" || word == "-h" {
			return nil, f.help()
		}
		var err error
		if name, long := strings.CutPrefix(word, "--"); long {
			args, err = f.long(name, args)
		} else {
			args, err = f.short(word[1:], args)
		}
		if err != nil {
			return nil, err
		}
	}
	f.cmd.Args = args
	return f, f.refuse()
}

// refuse says what is missing, or does not go together.
func (f *runFlags) refuse() error {
	switch {
	case f.tty && (f.stdin != "" || f.stdout != "" || f.stderr != "" || f.cmd.Capture):
		return &cli.UsageError{What: "--tty beside --stdin, --stdout, --stderr or --capture", Hint: "a terminal takes all three streams: leave one out"}
	case len(f.cmd.Args) == 0:
		return &cli.UsageError{What: "no program named", Hint: f.usage}
	}
	return nil
}

// find gives the flag for which is holds, or nil.
func (f *runFlags) find(is func(*runFlag) bool) *runFlag {
	for i := range f.more {
		if is(&f.more[i]) {
			return &f.more[i]
		}
	}
	for i := range runFlagTable {
		if is(&runFlagTable[i]) {
			return &runFlagTable[i]
		}
	}
	return nil
}

// long reads --NAME, --NAME VALUE or --NAME=VALUE.
func (f *runFlags) long(name string, args []string) ([]string, error) {
	name, value, given := strings.Cut(name, "=")
	if t := f.find(func(t *runFlag) bool { return t.name == name }); t != nil {
		return f.take(t, "--"+name, value, given, args)
	}
	return nil, f.unknownFlag("--"+name, name)
}

// short reads -q, several as one (-qv), and -p VALUE, -pVALUE or -p=VALUE.
func (f *runFlags) short(letters string, args []string) ([]string, error) {
	word, _, _ := strings.Cut(letters, "=")
	if f.find(func(t *runFlag) bool { return t.name == word }) != nil {
		return nil, f.unknownFlag("-"+word, word) // or -policy would be -p with a value
	}
	for n, letter := range letters {
		rest := letters[n+len(string(letter)):]
		t := f.find(func(t *runFlag) bool { return t.short == string(letter) })
		if t == nil {
			return nil, f.unknownFlag("-"+string(letter), letters)
		}
		if t.arg != "" || strings.HasPrefix(rest, "=") {
			value, _ := strings.CutPrefix(rest, "=")
			return f.take(t, "-"+t.short, value, rest != "", args)
		}
		if _, err := f.take(t, "-"+t.short, "", false, nil); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// take gives a flag its value, which comes from args if it was not given with
// the flag, and returns what is left of args.
func (f *runFlags) take(t *runFlag, called, value string, given bool, args []string) ([]string, error) {
	if t.arg == "" {
		on := true
		if given {
			var err error
			if on, err = strconv.ParseBool(value); err != nil {
				return nil, &cli.UsageError{What: fmt.Sprintf("%s=%s: neither true nor false", called, value), Hint: "it is a switch: write " + called}
			}
		}
		*t.ref(f).(*bool) = on
		return args, nil
	}
	if !given {
		if len(args) == 0 {
			return nil, &cli.UsageError{What: called + " has no value", Hint: "write " + called + " " + t.arg}
		}
		value, args = args[0], args[1:]
	}
	if value == "" {
		return nil, &cli.UsageError{What: called + " has an empty value", Hint: "write " + called + " " + t.arg + ", or leave it out"}
	}
	return args, f.set(t, value)
}

func (f *runFlags) set(t *runFlag, value string) error {
	if t.key != "" {
		f.overrides = append(f.overrides, policy.Override{Key: t.key, Value: value, Flag: "--" + t.name})
		return nil
	}
	switch to := t.ref(f).(type) {
	case *string:
		*to = value
	case func(string) error:
		return to(value)
	}
	return nil
}

func (f *runFlags) addFile(value string) error {
	src, name, _ := strings.Cut(value, ":")
	if src == "" {
		return &cli.UsageError{What: fmt.Sprintf("--file %q names no file", value), Hint: "write --file SRC or --file SRC:NAME"}
	}
	f.cmd.Files = append(f.cmd.Files, sandbox.File{Source: src, Name: name})
	return nil
}

func (f *runFlags) addCollect(value string) error {
	name, dest, _ := strings.Cut(value, ":")
	f.cmd.Collect = append(f.cmd.Collect, sandbox.Collect{Name: name, Dest: dest})
	return nil
}

func (f *runFlags) unknownFlag(called, name string) error {
	command, _, _ := strings.Cut(f.usage, " [")
	e := &cli.UsageError{What: "unknown flag " + called, Hint: command + " --help lists the flags"}
	names := make([]string, len(runFlagTable))
	for i, t := range runFlagTable {
		names[i] = t.name
	}
	for _, t := range f.more {
		names = append(names, t.name)
	}
	if near := policy.Nearest(name, names); near != "" {
		e.Hint = "did you mean --" + near + "? " + e.Hint
	}
	return e
}

func (f *runFlags) help() error {
	var b strings.Builder
	b.WriteString(f.usage + "\n\n")
	for _, t := range f.more {
		helpLine(&b, t)
	}
	if len(f.more) > 0 {
		b.WriteString("\nOf judge run:\n")
	}
	keys := false
	for _, t := range runFlagTable {
		if t.key != "" && !keys {
			keys = true
			b.WriteString("\nOver the policy:\n")
		}
		helpLine(&b, t)
	}
	b.WriteString("\nSizes: 64MiB, 64MB, 64k, plain bytes. Durations: 1.5s, 250ms. \"unlimited\" lifts a limit.\n")
	_, err := os.Stdout.WriteString(b.String())
	return err
}

func helpLine(b *strings.Builder, t runFlag) {
	short := "    "
	if t.short != "" {
		short = "-" + t.short + ", "
	}
	fmt.Fprintf(b, "  %s--%-22s %s\n", short, strings.TrimSpace(t.name+" "+t.arg), t.about)
}
