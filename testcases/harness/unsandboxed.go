package harness

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// RunUnsandboxed runs the case with no judge around it, in its throw-away
// directory, and checks the @unsandboxed line: the case must be able to tell
// the difference.
func (s *Session) RunUnsandboxed(c Case) (result Result) {
	began := time.Now()
	defer func() { result.Took = time.Since(began) }()
	if c.Unsandboxed == "skip" {
		result.Skip = "@unsandboxed skip"
		return result
	}
	if need := s.missing(c.Needs); need != "" {
		result.Skip = "missing " + need
		return result
	}
	program, err := s.build(c)
	if err != nil {
		result.fail("build: %v", err)
		return result
	}
	p, err := s.prepare(c)
	defer p.close()
	if err != nil {
		result.fail("prepare: %v", err)
		return result
	}
	expanded, err := c.expand(p.values)
	if err != nil {
		result.fail("%v", err)
		return result
	}
	o, err := s.bare(expanded, program, p)
	if err != nil {
		result.fail("start: %v", err)
		return result
	}
	lingering(s.token, p.pids) // what the program leaves behind is ended
	result.Notes = append(result.Notes, o.summary())
	if expanded.Unsandboxed == "same" {
		checkExpectations(expanded, o, &result)
		return result
	}
	inv, err := parseInvariant(expanded.Unsandboxed)
	if err == nil {
		err = inv(o)
	}
	if err != nil {
		result.fail("%s: %v", expanded.Unsandboxed, err)
	}
	return result
}

// bare runs the program itself as often as the case asks, all in one
// directory, and returns the last outcome.
func (s *Session) bare(c Case, program string, p *prepared) (*Outcome, error) {
	first, err := s.newRunning(c, program)
	if err != nil {
		return nil, err
	}
	files := c.filesBefore(p)
	r := first
	for n := range c.Repeat {
		if n > 0 {
			r = &running{c: c, dir: first.dir, program: first.program}
		}
		r.out.Unsandboxed, r.out.Before = true, files
		r.out.CollectDir = filepath.Join(r.dir, "work")
		args, err := s.launched(c, append([]string{"./" + r.program}, c.Args...))
		if err != nil {
			return nil, err
		}
		if err := r.start(args, p); err != nil {
			return nil, err
		}
		r.wait()
		r.pretendReport()
	}
	return &r.out, nil
}

// pretendReport says of a bare process what judge would say of a run.
func (r *running) pretendReport() {
	state := r.cmd.ProcessState
	usage := state.SysUsage().(*syscall.Rusage)
	report := &Report{
		Status:          "ok",
		CPUTimeNs:       int64(state.UserTime() + state.SystemTime()),
		WallTimeNs:      int64(r.out.Elapsed),
		MemoryPeakBytes: usage.Maxrss << 10,
	}
	status := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		sig := int(status.Signal())
		report.Status, report.Signal = "signal", &sig
	} else if code := status.ExitStatus(); code != 0 {
		report.Status, report.ExitCode = "nonzero-exit", &code
	}
	r.out.Report = report
}

// Line is the line that says what became of a case.
func (r Result) Line(name string) string {
	switch {
	case r.Skip != "":
		return fmt.Sprintf("SKIP %s: %s", name, r.Skip)
	case len(r.Failures) > 0:
		return fmt.Sprintf("FAIL %s: %s", name, strings.Join(r.Failures, "; "))
	}
	return "PASS " + name
}
