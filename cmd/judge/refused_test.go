package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// A refusal comes before anything starts: strace(1) shows that nothing is
// executed, mounted or made. (judge may have an init ready by then, an empty
// process in namespaces of its own, private mounts among them, which ends with it.)
const traced = "trace=execve,execveat,mount,pivot_root,mkdir,mkdirat"

// harmless are calls that every refusal may make: judge's own execve
// and that of setpriv(1) before it, the directory of leases with its snapshot of /etc, which stay on a host, and what
// strace says besides calls.
var harmless = regexp.MustCompile(`^\d+ +(execve\("[^"]*/(judge|setpriv)", |mkdir(at)?\(.*"/run/judge|mount\(NULL, "/", NULL, MS_REC\|MS_PRIVATE, NULL|\+\+\+ |--- |<\.\.\. |\?\?\?\()`)

// refused is "exits 125" for what judge must refuse with a message alone: no
// report, no file that was not there, no process, no mount.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refused judge run ARG...")
	}
	work := ts.Getenv("WORK")
	trace := filepath.Join(work, ".trace")
	before := append(names(ts, work), trace)
	slices.Sort(before)
	status := run(ts, append([]string{"strace", "-f", "-qq", "-o", trace, "-e", traced, "-e", "signal=none"}, args...))
	if status != 125 {
		ts.Fatalf("exit status %d, want 125", status)
	}
	said := ts.ReadFile("stderr")
	if !strings.HasPrefix(said, "judge: ") || strings.Contains(said, `"version":`) || ts.ReadFile("stdout") != "" {
		ts.Fatalf("want a message on stderr and nothing else")
	}
	for line := range strings.Lines(ts.ReadFile(trace)) {
		if !harmless.MatchString(line) {
			ts.Fatalf("judge refused, but did: %s", line)
		}
	}
	if after := names(ts, work); !slices.Equal(slices.Compact(before), after) {
		ts.Fatalf("judge refused, but left files:\n%q\nbefore:\n%q", after, before)
	}
}
