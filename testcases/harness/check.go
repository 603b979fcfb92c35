package harness

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// filesBefore looks at the files of the host that a case must not change.
func (c Case) filesBefore(p *prepared) map[string]FileState {
	paths := []string{p.values["canary"]}
	for _, text := range append(c.Expect[1:], c.Unsandboxed) {
		if path, ok := strings.CutPrefix(text, "host-unchanged "); ok {
			paths = append(paths, strings.TrimSpace(path))
		}
	}
	states := map[string]FileState{}
	for _, path := range paths {
		if state, err := fileState(path); err == nil { // else checkUnchanged says so
			states[path] = state
		}
	}
	return states
}

// check checks one run: what the case expects, and what always holds.
func (s *Session) check(c Case, r *running, p *prepared, result *Result) {
	o := &r.out
	result.Notes = append(result.Notes, o.summary())
	checkExpectations(c, o, result)
	if o.Report != nil {
		if err := o.Report.consistent(o.Exit); err != nil {
			result.fail("report: %v", err)
		}
		if err := o.Report.claims(); err != nil {
			result.fail("report: %v", err)
		}
	} else if o.Interrupt == 0 || len(o.RawReport) > 0 && !c.killsJudge() {
		result.fail("report: %v", o.ReportError)
	}
	if most := c.Limits.Wall + returnGrace; o.Elapsed > most {
		result.fail("judge must end within %v: it took %v", most, o.Elapsed)
	}
	if r.heldOpen {
		result.fail("left behind: somebody holds judge's stdout or stderr open")
	}
	if err := checkUnchanged(o, p.values["canary"]); err != nil {
		result.fail("host-unchanged {canary}: %v", err)
	}
	if where := leaked(o, p.values["secret"]); where != "" {
		result.fail("{secret} is in %s", where)
	}
	for _, stray := range r.strayFiles() {
		result.fail("left behind: file %s", stray)
	}
}

// checkExpectations checks the verdict and the invariants of the header.
func checkExpectations(c Case, o *Outcome, result *Result) {
	verdicts, err := parseVerdicts(c.Expect[0])
	if err == nil {
		err = checkVerdict(o, verdicts)
	}
	if err != nil {
		result.missed(o, c.Expect[0], err)
	}
	for _, text := range c.Expect[1:] {
		if o.Interrupt != 0 && o.Report == nil && needsReport(text) {
			continue // after an interruption there need be no report
		}
		if o.Unsandboxed && strings.HasPrefix(text, "peak-memory") {
			continue // a bare child's maximum has the harness's own pages in it
		}
		inv, err := parseInvariant(text)
		if err == nil {
			err = inv(o)
		}
		if err != nil {
			result.missed(o, text, err)
		}
	}
}

// missed takes in an expectation that was not met: a failure, unless the report owns
// up to not holding what it speaks of.
func (r *Result) missed(o *Outcome, text string, err error) {
	if o.notHeld(text) {
		r.Notes = append(r.Notes, fmt.Sprintf("not held on this host, as the report says: %s", text))
		return
	}
	r.fail("%s: %v", text, err)
}

// needsReport reports whether an invariant speaks of the report.
func needsReport(text string) bool {
	for _, word := range []string{"peak-memory", "cpu-time", "wall-time", "oom-kill", "seccomp-violation", "file-"} {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// leaked says where the secret came out, or "".
func leaked(o *Outcome, secret string) string {
	for where, data := range map[string][]byte{"stdout": o.Stdout.Data, "stderr": o.Stderr.Data, "the report": o.RawReport} {
		if bytes.Contains(data, []byte(secret)) {
			return where
		}
	}
	found := ""
	_ = filepath.WalkDir(o.CollectDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // nothing was collected into what is not there
		}
		text := []byte(path)
		if d.Type().IsRegular() {
			text, _ = os.ReadFile(path)
		} else if d.Type()&fs.ModeSymlink != 0 {
			link, _ := os.Readlink(path)
			text = []byte(link)
		}
		if bytes.Contains(text, []byte(secret)) {
			found = "collected file " + d.Name()
		}
		return nil
	})
	return found
}

// strayFiles lists what is in the run's directories and should not be:
// anything but the program where judge was started, anything that was not to
// be collected, anything in $TMPDIR.
func (r *running) strayFiles() []string {
	allowed := map[string]bool{filepath.Join("work", r.program): true}
	for _, name := range r.c.Collect {
		for dir := filepath.Clean(name); dir != "."; dir = filepath.Dir(dir) {
			allowed[filepath.Join("collect", dir)] = true
		}
	}
	var strays []string
	for _, sub := range []string{"work", "collect", "tmp"} {
		_ = filepath.WalkDir(filepath.Join(r.dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // judge may not have needed the directory
			}
			rel, err := filepath.Rel(r.dir, path)
			if err == nil && rel != sub && !allowed[rel] {
				strays = append(strays, rel)
			}
			return nil
		})
	}
	return strays
}

// summary is one line of figures.
func (o *Outcome) summary() string {
	if o.Report == nil {
		return fmt.Sprintf("exit %d, no report: %v, elapsed %s", o.Exit, o.ReportError, showTime(int64(o.Elapsed)))
	}
	r := o.Report
	return fmt.Sprintf("%s, exit %d, cpu %s, wall %s, peak %d KiB, oom %d, stdout %d, elapsed %s, reason %q",
		r.Status, o.Exit, showTime(r.CPUTimeNs), showTime(r.WallTimeNs), r.MemoryPeakBytes>>10, r.OOMKills,
		o.Stdout.Bytes, showTime(int64(o.Elapsed)), r.Reason)
}
