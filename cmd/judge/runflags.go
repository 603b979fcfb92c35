package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"judge/policy"
	"judge/sandbox"
)

// policyFlags lay one value over the policy each. The text is for --help.
var policyFlags = [...]struct{ name, key, arg, about string }{
	{"rootfs", "filesystem.rootfs", "NAME|DIR", "what is under the overlay (host)"},
	{"box", "filesystem.box", "DIR", "start with this directory's contents in /box"},
	{"bind", "filesystem.bind", "SRC:DST[:ro|rw]", "a bind mount (ro); repeatable"},
	{"cpu-time", "limits.cpu_time", "D", "processor time of all processes together"},
	{"wall-time", "limits.wall_time", "D", "elapsed time"},
	{"idle-time", "limits.idle_time", "D", "end a run that used no processor time for so long"},
	{"memory", "limits.memory", "SIZE", "of all processes together, with what the kernel holds for them"},
	{"pids", "limits.pids", "N", "processes and threads alive at once"},
	{"cpus", "limits.cpus", "F", "bandwidth, in cores"},
	{"cpuset", "limits.cpuset", "LIST|auto", "cores; auto leases a free one"},
	{"output", "limits.output", "SIZE", "of stdout, and of stderr, each"},
	{"file-size", "limits.file_size", "SIZE", "of one file"},
	{"disk", "limits.disk", "SIZE", "of all writable places together"},
	{"inodes", "limits.inodes", "N", "files in all writable places together"},
	{"stack", "limits.stack", "SIZE", "per process"},
	{"open-files", "limits.open_files", "N", "per process"},
	{"hostname", "identity.hostname", "H", "name of the machine, inside"},
	{"env", "environment", "K=V | K", "set a variable, or pass one on; repeatable"},
	{"workdir", "filesystem.workdir", "DIR", "where the run starts (/box)"},
	{"uid", "identity.uid", "N", "inside (the slot's own)"},
	{"gid", "identity.gid", "N", "inside (the slot's own)"},
	{"net", "network.mode", "none", "network (none: an own, empty network namespace)"},
}

// otherFlags are about this one run. A flag without an argument is a switch.
var otherFlags = [...]struct{ name, arg, about string }{
	{"policy", "NAME|FILE", "also -p: strict, default, compile, ci, or a file (default)"},
	{"file", "SRC[:NAME]", "put a file into /box, read-only; repeatable"},
	{"collect", "NAME[:DST]", "afterwards take this file out of /box; repeatable"},
	{"collect-dir", "DIR", "where collected files go (.)"},
	{"stdin", "FILE", "instead of judge's own"},
	{"stdout", "FILE", "instead of judge's own"},
	{"stderr", "FILE", "instead of judge's own"},
	{"grace", "D", "between a forwarded signal and SIGKILL (1s)"},
	{"keep", "DIR", "keep what the run wrote, to be looked at"},
	{"capture", "", "put stdout and stderr into the report"},
	{"report", "FILE|-", "where the JSON report goes (stderr)"},
	{"pretty", "", "indented report"},
	{"explain", "", "print what would be done, step by step, and exit"},
	{"quiet", "", "also -q: no messages besides the report"},
	{"verbose", "", "also -v: say on stderr how it ended"},
	{"tty", "", "also -t: a pseudo-terminal (not in this judge yet)"},
	{"ip", "CIDR", "address on a bridge (not in this judge yet)"},
}

// parseRun reads the command line; nil says that it asked for help, which was
// given.
func parseRun(args []string) (*runFlags, error) {
	f := &runFlags{policy: "default"}
	set := flag.NewFlagSet("judge run", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, pf := range policyFlags {
		set.Func(pf.name, pf.about, func(v string) error {
			f.overrides = append(f.overrides, policy.Override{Key: pf.key, Value: v, Flag: "--" + pf.name})
			return nil
		})
	}
	f.define(set)
	err := set.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil, runHelp()
	}
	if err != nil {
		return nil, flagError(err, args)
	}
	f.cmd.Args = set.Args()
	if len(f.cmd.Args) == 0 {
		return nil, &usageError{what: "no program named", hint: "judge run [flags] [--] PROG [ARG...]"}
	}
	if f.tty || f.ip != "" {
		return nil, &usageError{what: "--tty and --ip are not in this judge yet", hint: "leave them out"}
	}
	return f, nil
}

func (f *runFlags) define(set *flag.FlagSet) {
	for _, s := range []struct {
		names string
		to    *string
	}{
		{"policy p", &f.policy}, {"stdin", &f.stdin}, {"stdout", &f.stdout}, {"stderr", &f.stderr}, {"report", &f.report},
		{"collect-dir", &f.cmd.CollectDir}, {"keep", &f.cmd.Keep}, {"ip", &f.ip},
	} {
		for _, name := range strings.Fields(s.names) {
			set.StringVar(s.to, name, *s.to, "")
		}
	}
	for _, b := range []struct {
		names string
		to    *bool
	}{
		{"capture", &f.cmd.Capture}, {"pretty", &f.pretty}, {"explain", &f.explain}, {"quiet q", &f.quiet},
		{"verbose v", &f.verbose}, {"tty t", &f.tty},
	} {
		for _, name := range strings.Fields(b.names) {
			set.BoolVar(b.to, name, false, "")
		}
	}
	set.Func("file", "", func(v string) error {
		src, name, _ := strings.Cut(v, ":")
		f.cmd.Files = append(f.cmd.Files, sandbox.File{Source: src, Name: name})
		return nil
	})
	set.Func("collect", "", func(v string) error {
		name, dest, _ := strings.Cut(v, ":")
		name = path.Clean(name)
		f.cmd.Collect = append(f.cmd.Collect, sandbox.Collect{Name: name, Dest: dest})
		return nil
	})
	set.Func("grace", "", func(v string) (err error) {
		f.cmd.Grace, err = parseGrace(v)
		return err
	})
}

// flagError makes the flag package's error one with a hint.
func flagError(err error, args []string) error {
	e := &usageError{what: err.Error(), hint: "judge run --help lists the flags"}
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !strings.HasPrefix(a, "-") || name == "" {
			continue
		}
		if known(name) {
			continue
		}
		if near := policy.Nearest(name, flagNames()); near != "" {
			e.hint = "did you mean --" + near + "? " + e.hint
		}
		break
	}
	return e
}

func known(name string) bool {
	for _, n := range flagNames() {
		if n == name {
			return true
		}
	}
	return len(name) == 1 && strings.Contains("pqvth", name)
}

func flagNames() []string {
	var names []string
	for _, f := range policyFlags {
		names = append(names, f.name)
	}
	for _, f := range otherFlags {
		names = append(names, f.name)
	}
	return names
}

func runHelp() error {
	var b strings.Builder
	b.WriteString("judge run [flags] [--] PROG [ARG...]\n\n")
	for _, f := range otherFlags {
		fmt.Fprintf(&b, "  --%-26s %s\n", strings.TrimSpace(f.name+" "+f.arg), f.about)
	}
	b.WriteString("\nOver the policy:\n")
	for _, f := range policyFlags {
		fmt.Fprintf(&b, "  --%-26s %s\n", f.name+" "+f.arg, f.about)
	}
	b.WriteString("\nSizes: 64MiB, 64MB, 64k, plain bytes. Durations: 1.5s, 250ms. \"unlimited\" lifts a limit.\n")
	_, err := os.Stdout.WriteString(b.String())
	return err
}
