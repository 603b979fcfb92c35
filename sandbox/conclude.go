package sandbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/filter"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/supervise"
)

// limitsHit names the limits that the run came up against, as far as the
// kernel tells, whether or not they ended it.
func limitsHit(l policy.Limits, ev *supervise.Evidence, s Status) []string {
	hit := []string{}
	switch s {
	case StatusCPUTime, StatusWallTime, StatusIdleTime:
		hit = append(hit, string(s))
	}
	for _, h := range []struct {
		name string
		hit  bool
	}{
		{"memory", ev.Usage.OOMKills > 0 && !ev.Usage.OOMAbove},
		{"pids", ev.Usage.PidsRefused > 0},
		{"output", ev.Overflow[0] || ev.Overflow[1]},
		{"disk", l.Disk > 0 && ev.DiskFull},
		{"inodes", l.Inodes > 0 && ev.InodesFull},
	} {
		if h.hit {
			hit = append(hit, h.name)
		}
	}
	return hit
}

// notFound is the report of a program that is nowhere.
func (r *run) notFound(err error) Report {
	name := r.cmd.Args[0]
	where := "not found, neither here nor in the run's PATH; give a path with a slash for a file of the host"
	switch {
	case path.IsAbs(name):
		where = "not found, neither in the rootfs nor on the host"
	case strings.Contains(name, "/"):
		where = "no such file on the host"
	}
	r.decision = supervise.Decision{Status: StatusCannotStart, Errno: unix.ENOENT, Reason: name + ": " + where}
	if r.prog.found != nil {
		r.decision.Errno = unix.EACCES
		r.decision.Reason = name + " is a directory; name a program in it"
	}
	return r.report(err)
}

// cannotStart is a sentence on why execve failed, with what to do.
func (r *run) cannotStart(errno unix.Errno) string {
	name := r.cmd.Args[0]
	switch errno {
	case unix.ENOENT:
		return name + " is there, but its interpreter is not: look at its first line, or at what file(1) says of its loader"
	case unix.EACCES:
		if r.prog.found != nil && r.prog.found.Mode()&0o111 == 0 {
			return name + " is not executable; chmod +x it, or name its interpreter: python3 " + name
		}
		return name + ": permission denied to execute it, or the interpreter in its first line"
	case unix.ENOEXEC:
		return name + " is no program for this machine, nor a script with an interpreter in its first line"
	}
	return fmt.Sprintf("%s cannot be executed: %v", name, errno)
}

// report puts everything together.
func (r *run) report(err error) Report {
	rep := Report{
		Version: Version, Status: r.decision.Status, Reason: r.decision.Reason, ExitCode: r.decision.ExitCode,
		LimitsHit: append([]string{}, r.hit...), Collected: append([]Collected{}, r.collected...),
		Unenforced: append([]Unenforced{}, r.unheld...),
		Rootfs:     RootfsID{Name: r.policy.Filesystem.Rootfs},
	}
	if r.cmd.Policy != nil {
		rep.Policy = *r.cmd.Policy
	} else {
		rep.Policy = PolicyID{Name: r.policy.Name, Digest: r.policy.Digest()}
	}
	if rep.Rootfs.Name == "" {
		rep.Rootfs.Name = "host"
	}
	if r.view != nil && r.view.Digest != "" {
		rep.Rootfs.Digest = &r.view.Digest
	}
	if r.host != nil {
		rep.Host = r.host.info()
	}
	if s := r.decision.Signal; s != nil {
		n, name := int(*s), supervise.SignalName(*s)
		rep.Signal, rep.SignalName = &n, &name
	}
	if rep.Status == StatusCannotStart {
		rep.startErrno = r.decision.Errno
		rep.interpreter = r.prog.path != ""
		if rep.Reason == "" {
			rep.Reason = r.cannotStart(rep.startErrno)
		}
	}
	rep.Network = r.netUse
	if r.evidence != nil {
		rep.cancel = r.evidence.Cancel
	}
	rep.Noise = r.noise
	r.figures(&rep)
	if r.cmd.Record != nil {
		rep.Recorded = recorded(r.cmd.Record, r.decision.Status)
	}
	if err != nil {
		rep.Status, rep.Reason = StatusError, err.Error()
		var usage *UsageError
		if errors.As(err, &usage) {
			rep.Reason = usage.Error()
		}
	}
	return rep
}

func recorded(rec *filter.Recording, s Status) *Recorded {
	calls, names := rec.Count()
	return &Recorded{Calls: calls, Names: names, Complete: s == StatusOK || s == StatusNonzeroExit}
}

func (r *run) figures(rep *Report) {
	if ev := r.evidence; ev != nil && (ev.Started != nil || ev.Usage.OOMKills > 0) {
		u := ev.Usage
		rep.OOMKills = u.OOMKills
		rep.CPUTime, rep.CPUUser, rep.CPUSystem = int64(u.CPU), int64(u.User), int64(u.System)
		rep.WallTime = int64(ev.WallTime)
		rep.MemoryPeak, rep.PidsPeak = u.MemoryPeak, u.PidsPeak
		rep.CPUPressure, rep.MemoryPressure = (*int64)(u.CPUPressure), (*int64)(u.MemoryPressure)
		rep.MemoryAnon, rep.MemoryFile, rep.MemoryKernel = u.Anon, u.File, u.Kernel
		if r.policy.Limits.Disk > 0 {
			rep.FilesBytes = max(0, ev.DiskUsed-plan.OwnDisk(int64(unix.Getpagesize()), r.copies, r.binds))
		}
		rep.SetupTime = int64(r.execAt)
		if r.execAt > 0 {
			rep.Ended = r.began.Add(r.execAt + ev.WallTime)
			rep.Teardown = int64(time.Since(rep.Ended))
		}
		if ev.Call != nil {
			v := ev.Call.Violation()
			rep.Violation = &v
		}
	}
	for i, s := range r.sinks {
		if s == nil {
			continue
		}
		bytes, cut := [...]*int64{&rep.StdoutBytes, &rep.StderrBytes}[i], [...]*bool{&rep.StdoutTruncated, &rep.StderrTruncated}[i]
		*bytes, *cut = s.Passed, s.Overflow
		rep.inLine[i] = s.Dest >= 0 && s.Passed > 0 && s.Last != '\n'
		if r.cmd.Capture {
			text, enc := [...]**string{&rep.Stdout, &rep.Stderr}[i], [...]*string{&rep.StdoutEncoding, &rep.StderrEncoding}[i]
			*text, *enc = encode(s.Kept)
			s.Kept = nil
		}
	}
}

// encode takes data over: the text may be the same memory.
func encode(data []byte) (*string, string) {
	if utf8.Valid(data) {
		s := unsafe.String(unsafe.SliceData(data), len(data))
		return &s, "utf-8"
	}
	text := base64.StdEncoding.AppendEncode(make([]byte, 0, base64.StdEncoding.EncodedLen(len(data))), data)
	s := unsafe.String(unsafe.SliceData(text), len(text))
	return &s, "base64"
}
