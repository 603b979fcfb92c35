package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"judge/cmd/internal/cli"
	"judge/policy"
	"judge/sandbox"
	"judge/sandbox/filter"
)

// learnFlags are those of judge policy learn, beside all of judge run.
type learnFlags struct {
	out, against string
	force        bool
	runs         string
}

var learnFlagTable = [...]runFlag{
	{name: "out", short: "o", arg: "FILE", about: "write the policy there; if it is there already, say only what is new", ref: func(f *runFlags) any { return &f.learn.out }},
	{name: "against", arg: "FILE", about: "say what the program needs that this policy does not have", ref: func(f *runFlags) any { return &f.learn.against }},
	{name: "force", short: "f", about: "write over the file of --out", ref: func(f *runFlags) any { return &f.learn.force }},
	{name: "runs", arg: "N", about: "learn from so many runs together (1)", ref: func(f *runFlags) any { return &f.learn.runs }},
}

// A lesson is learning on its way.
type lesson struct {
	*runFlags
	base     policy.Policy
	have     policy.Policy // to be held against, if held
	held     string        // its name, "" for none
	runs     int
	record   *filter.Recording
	last     sandbox.Report
	used     filter.Used
	complete bool // all runs ended by themselves, or since they were asked to
}

// policyLearn runs a trusted program, recorded, and writes what it needs. It
// exits with 1 if a policy that there is does not have all of that, or if the
// program did not come to its end.
func policyLearn(args []string) (int, error) {
	f, err := parseFlags(args, learnFlagTable[:], "judge policy learn [flags] [--] PROG [ARG...]")
	if err != nil || f == nil {
		return 0, err
	}
	l := &lesson{runFlags: f, complete: true}
	if err := l.prepare(); err != nil {
		return 0, err
	}
	if f.explain {
		f.cmd.Record = l.record
		return explain(f.cmd, l.base)
	}
	raiseSoftLimits()
	if l.cmd.SignalFD, err = listen(); err != nil { // once: what comes between two runs is for the next
		return 0, err
	}
	for range l.runs {
		if status, err := l.once(); err != nil || status != 0 {
			return status, err
		}
		if l.last.Status == sandbox.StatusCancelled {
			break
		}
	}
	return l.conclude()
}

func (l *lesson) prepare() error {
	l.runs = 1
	if text := l.learn.runs; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return &cli.UsageError{What: fmt.Sprintf("--runs %q: want a number from 1 on", text), Hint: "write --runs 3"}
		}
		l.runs = n
	}
	var err error
	if l.base, err = filter.Load(l.policy); err != nil {
		return err
	}
	if l.base, err = l.base.With(l.overrides); err != nil {
		return err
	}
	l.held = l.learn.against
	if _, err := os.Stat(l.learn.out); err == nil && l.held == "" {
		l.held = l.learn.out
	}
	var others []policy.Seccomp
	if l.held != "" {
		if l.have, err = filter.Load(l.held); err != nil {
			return err
		}
		others = append(others, l.have.Seccomp)
	}
	l.record, err = filter.NewRecording(l.base.Seccomp, others...)
	return err
}

// once records one run. A status other than 0 says that there is nothing to
// learn from.
func (l *lesson) once() (int, error) {
	files, err := l.open()
	if err != nil {
		return 0, err
	}
	if l.prints() && l.stdout == "" && l.cmd.Stdout != nil {
		l.cmd.Stdout = os.Stderr // standard output is for the policy
	}
	l.cmd.Record = l.record
	before := l.record.Started()
	r, err := sandbox.Run(context.Background(), l.cmd, l.base)
	var usage *sandbox.UsageError
	if errors.As(err, &usage) {
		files.discard()
		return 0, err
	}
	if err := errors.Join(err, files.close(), l.writeReport(r)); err != nil {
		return 0, err
	}
	l.last = r
	switch r.Status {
	case sandbox.StatusCannotStart:
		l.tell(r)
		return exitStatus(r), nil
	case sandbox.StatusOK, sandbox.StatusNonzeroExit, sandbox.StatusCancelled:
	default:
		l.complete = false
	}
	l.note(r, l.record.Started()-before)
	return 0, nil
}

// writeReport writes the report, if there shall be one.
func (l *lesson) writeReport(r sandbox.Report) error {
	if l.report == "" {
		return nil
	}
	out, err := openReport(l.report)
	if err != nil {
		return err
	}
	return out.write(r, l.pretty)
}

// note keeps the most that was used.
func (l *lesson) note(r sandbox.Report, started int64) {
	u := &l.used
	u.Started = max(u.Started, started)
	u.CPU, u.Wall = max(u.CPU, time.Duration(r.CPUTime)), max(u.Wall, time.Duration(r.WallTime))
	if r.MemoryPeak != nil {
		u.Memory = max(u.Memory, *r.MemoryPeak)
	}
	if r.PidsPeak != nil {
		u.Pids = max(u.Pids, *r.PidsPeak)
	}
}

// prints says whether the policy goes to standard output.
func (l *lesson) prints() bool { return l.learn.out == "" && l.held == "" }

// conclude writes what was learnt, or holds it against what there is.
func (l *lesson) conclude() (int, error) {
	if err := l.record.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "judge: the run was ended: %v\n", err)
	}
	l.say()
	status := 0
	if !l.complete {
		status = 1
	}
	if l.held != "" {
		more, err := l.compare()
		if err != nil {
			return 0, err
		}
		if more {
			status = 1
		}
	}
	if l.held != "" && l.learn.out == "" || l.learn.out != "" && l.held == l.learn.out && !l.learn.force {
		return status, nil
	}
	return status, l.write()
}

// say tells how it went, to a person.
func (l *lesson) say() {
	calls, names := l.record.Count()
	r := l.last
	if !l.quiet {
		fmt.Fprintf(os.Stderr, "judge: recorded %d calls of %d names; the program ended with %s\n", calls, names, ending(r))
	}
	if !l.complete {
		fmt.Fprintln(os.Stderr, "hint: it did not come to its end, so what it does later was not seen: raise the limit, and learn again")
	}
}

func ending(r sandbox.Report) string {
	if r.Reason == "" {
		return string(r.Status)
	}
	return string(r.Status) + ": " + r.Reason
}

func (l *lesson) write() error {
	text, err := l.record.TOML(l.learnt(), l.about())
	if err != nil {
		return err
	}
	if l.learn.out == "" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	if err := os.WriteFile(l.learn.out, []byte(text), 0o666); err != nil {
		return &cli.UsageError{What: fmt.Sprintf("--out: %v", err), Hint: "name a file that can be written"}
	}
	return nil
}

// learnt is the base with what of it the program needs, but for the filter.
func (l *lesson) learnt() policy.Policy {
	p := l.base
	p.Locked = false
	p.Name = filepath.Base(l.cmd.Args[0])
	if l.learn.out != "" {
		p.Name = strings.TrimSuffix(filepath.Base(l.learn.out), ".toml")
	}
	p.Limits = filter.Suggest(l.base.Limits, l.used)
	p.Filesystem.Box = "" // what the run is about, not what it may
	p.Filesystem.Bind = slices.Clone(p.Filesystem.Bind)
	for i, b := range p.Filesystem.Bind { // a file's paths are relative to itself
		if abs, err := filepath.Abs(b.Source); err == nil {
			p.Filesystem.Bind[i].Source = abs
		}
	}
	if abs, err := filepath.Abs(p.Filesystem.Rootfs); err == nil && strings.Contains(p.Filesystem.Rootfs, "/") {
		p.Filesystem.Rootfs = abs
	}
	p.Network.Loopback = p.Network.Loopback && l.record.UsesInternet()
	return p
}

// about is the head of the policy.
func (l *lesson) about() []string {
	calls, names := l.record.Count()
	host := l.last.Host
	lines := []string{
		"Learnt by judge policy learn from: " + commandLine(l.cmd.Args),
		fmt.Sprintf("%d calls of %d names, on %s with Linux %s, over the policy %q.", calls, names, host.Arch, host.Kernel, l.base.Name),
		fmt.Sprintf("Limits leave room over what was used at most: %v of processor time, %v elapsed, %v of memory, %d processes and threads.",
			l.used.CPU.Round(time.Millisecond), l.used.Wall.Round(time.Millisecond), policy.Bytes(l.used.Memory), l.used.Pids),
	}
	if !l.complete || l.last.Status == sandbox.StatusCancelled {
		lines = append(lines, "The program did not come to its end: "+ending(l.last)+".")
	}
	return lines
}

func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$`&|;<>()") {
			words[i] = strconv.Quote(a)
		}
	}
	return strings.Join(words, " ")
}
