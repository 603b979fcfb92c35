package harness

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Hosts are of several kinds, and on some judge cannot hold a limit; its report
// then says so. Such a limit is not held against it, and no figure of it may be
// claimed. What else an ordinary user's run cannot have is listed below, each
// with its reason; that it shows is checked too, so that no line outlives it.

// ofMemory are invariants that need somebody who counts the memory of all
// processes together. UNLIMITED is what programs print that reach the bound
// they set themselves (conformance/README.md).
var ofMemory = []string{"memory", "oom-kill yes", "peak-memory>=", "stdout-lacks UNLIMITED"}

// notHeld says whether an expectation speaks of a limit that the report owns up
// to not holding.
func (o *Outcome) notHeld(expectation string) bool {
	switch {
	case o.Report == nil:
		return false
	case o.Report.unheld("cpus") && strings.HasPrefix(expectation, "wall-time>="): // nothing makes it wait
		return true
	case !o.Report.unheld("memory"):
		return false
	}
	return slices.ContainsFunc(ofMemory, func(start string) bool { return strings.HasPrefix(expectation, start) })
}

// unheld says whether the report lists the limit.
func (r *Report) unheld(limit string) bool {
	return slices.ContainsFunc(r.Unenforced, func(u Unenforced) bool { return u.Limit == limit && u.Why != "" })
}

// claims refuses figures of a limit that nobody held.
func (r *Report) claims() error {
	if !r.unheld("memory") {
		return nil
	}
	if r.Status == "memory" || r.OOMKills > 0 || r.MemoryPeakBytes > 0 {
		return fmt.Errorf("the limit of memory was not held, but status is %s, with %d OOM kills and a peak of %d bytes", r.Status, r.OOMKills, r.MemoryPeakBytes)
	}
	return nil
}

// A difference is what a case shows under an ordinary user, and why.
type difference struct {
	expectations []string       // that are not met: what their failures begin with
	only         *regexp.Regexp // every line of stdout with ESCAPED is of this form
	why          string
}

var ofUsers = map[string]difference{
	"locks-seen": {[]string{"ok | syscall", "stdout-lacks ESCAPED"}, regexp.MustCompile(`^ESCAPED .* on /dev/(null|zero|full|random|urandom)$`),
		"in a user namespace no device can be made, so that /dev has the host's own, and their locks are everybody's"},
	"caller-in-straits/nproc=1": {[]string{"ok", "stdout-contains DONE", "report"}, nil,
		"RLIMIT_NPROC does not hold root; under it a user starts no Go program, which wants a second thread"},
}

// settle takes away the failures that a run of this user has to have.
func (r *Result) settle(name string, uid int, outcomes []*running) {
	d, listed := ofUsers[name]
	if uid == 0 || !listed {
		return
	}
	for _, e := range d.expectations {
		kept := slices.DeleteFunc(slices.Clone(r.Failures), func(f string) bool { return strings.HasPrefix(f, e+":") })
		if len(kept) == len(r.Failures) {
			r.fail("%s: it is met, though harness/kind.go says: %s", e, d.why)
			return
		}
		r.Failures = kept
	}
	r.Notes = append(r.Notes, "as for an ordinary user: "+d.why)
	if d.only == nil {
		return
	}
	for _, o := range outcomes {
		for line := range bytes.Lines(o.out.Stdout.Data) {
			if bytes.Contains(line, []byte("ESCAPED")) && !d.only.Match(bytes.TrimRight(line, "\n")) {
				r.fail("%s: %s", d.why, line)
			}
		}
	}
}
