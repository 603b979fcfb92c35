package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	returnGrace = 5 * time.Second  // past the wall limit, in which judge must end
	killGrace   = 20 * time.Second // past the wall limit, when the harness kills it
	drainGrace  = 2 * time.Second  // in which the pipes must close after judge's end
)

// running is one judge that was started, and what is wired to it.
type running struct {
	c        Case
	cmd      *exec.Cmd
	dir      string // work, collect, tmp and report.json are in it
	program  string // base name, in work
	began    time.Time
	out      Outcome
	readers  []*os.File // our ends of the output channels
	parents  []*os.File // the child's ends, closed once it is started
	stdin    *os.File   // our end, if there is something to feed or to hold open
	feed     []byte
	drained  sync.WaitGroup
	unread   *os.File // a pipe that is read only when judge has ended
	heldOpen bool
}

// newRunning lays out the directory of a run.
func (s *Session) newRunning(c Case, program string) (*running, error) {
	s.runs++
	r := &running{c: c, dir: filepath.Join(s.root, "run-"+strconv.Itoa(s.runs)), program: filepath.Base(program)}
	for _, sub := range []string{"work", "collect", "tmp"} {
		if err := os.MkdirAll(filepath.Join(r.dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(r.dir, "work", r.program)
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		return nil, err
	}
	r.out.CollectDir = filepath.Join(r.dir, "collect")
	return r, os.Chmod(copied, info.Mode())
}

// command is judge's command line for the case, with the launcher before it
// where judge is to be started in an odd state.
func (s *Session) command(r *running) ([]string, error) {
	args := []string{s.Judge, "run", "--policy", "strict"}
	args = append(args, r.c.Limits.flags()...)
	args = append(args, "--report", filepath.Join(r.dir, "report.json"), "--collect-dir", r.out.CollectDir)
	for _, name := range r.c.Collect {
		args = append(args, "--collect", name)
	}
	args = append(append(args, "--", "./"+r.program), r.c.Args...)
	return s.launched(r.c, args)
}

// strict is judge with one of the harness's own programs, in the session's directory:
// where the harness was started there are sources, and judge may be a broken one.
func (s *Session) strict(program, word string) *exec.Cmd {
	cmd := exec.Command(s.Judge, "run", "--policy", "strict", "--", program, word)
	cmd.Dir = s.root
	return cmd
}

// launched puts the launcher before a command if the case asks for what only
// it can do.
func (s *Session) launched(c Case, args []string) ([]string, error) {
	var flags []string
	for _, h := range c.Host {
		switch h.Kind {
		case "signals":
			for _, sig := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGTERM} {
				flags = append(flags, "-i", strconv.Itoa(int(sig)))
			}
			for _, sig := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGALRM} {
				flags = append(flags, "-b", strconv.Itoa(int(sig)))
			}
		case "umask":
			flags = append(flags, "-u", strconv.FormatInt(int64(h.Number), 8))
		case "rlimit":
			flags = append(flags, "-l", fmt.Sprintf("%d=%d", h.Number, h.Soft))
		case "stdout":
			if h.Arg == "closed" {
				flags = append(flags, "-c", "1")
			}
		}
	}
	if flags == nil {
		return args, nil
	}
	launch, err := s.own("launch")
	if err != nil {
		return nil, err
	}
	return append(append([]string{launch}, flags...), args...), nil
}

// start starts the command with the case's input and surroundings.
func (r *running) start(args []string, p *prepared) error {
	r.cmd = exec.Command(args[0], args[1:]...)
	r.cmd.Dir = filepath.Join(r.dir, "work")
	r.cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(r.dir, "tmp"))
	terminal := false
	for _, h := range r.c.Host {
		switch h.Kind {
		case "env":
			r.cmd.Env = append(r.cmd.Env, h.Arg)
		case "tty":
			terminal = true
		case "inherited-fd":
			if err := r.inherit(p); err != nil {
				return err
			}
		}
	}
	wire := r.wirePipes
	if terminal {
		wire = r.wireTerminal
	}
	if err := wire(); err != nil {
		return err
	}
	r.began = time.Now()
	err := r.cmd.Start()
	for _, f := range r.parents {
		f.Close()
	}
	if err != nil {
		return err
	}
	r.pump(terminal)
	return nil
}

// inherit gives judge three descriptors that are none of its business.
func (r *running) inherit(p *prepared) error {
	dir, err := os.Open(p.dir)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(p.values["canary"], os.O_WRONLY, 0)
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return errors.Join(err, dir.Close(), file.Close())
	}
	r.readers = append(r.readers, os.NewFile(uintptr(pair[0]), "socket"))
	r.cmd.ExtraFiles = []*os.File{dir, file, os.NewFile(uintptr(pair[1]), "socket")}
	r.parents = append(r.parents, r.cmd.ExtraFiles...)
	return nil
}

// pump feeds the input and sends the signal of @host interrupt.
func (r *running) pump(terminal bool) {
	if r.stdin != nil && !r.c.Stdin.Open {
		stdin, feed := r.stdin, r.feed
		if terminal {
			stdin = nil
			_, _ = r.stdin.Write(append(feed, 4)) // the end of the file, as typed
		}
		if stdin != nil {
			go func() {
				_, _ = stdin.Write(feed) // a program that does not read it all is no fault
				stdin.Close()
			}()
		}
	}
	for _, h := range r.c.Host {
		if h.Kind == "interrupt" {
			r.out.Interrupt = h.Signal
			time.AfterFunc(h.After, func() { _ = r.cmd.Process.Signal(h.Signal) })
		}
	}
}

// wait waits for judge's end and returns what was seen. It never waits for
// ever: neither for judge nor for somebody who holds its pipes.
func (r *running) wait() *Outcome {
	kill := time.AfterFunc(r.c.Limits.Wall+killGrace, func() {
		r.out.TimedOut = true
		_ = r.cmd.Process.Kill()
	})
	_ = r.cmd.Wait() // the state says it all
	kill.Stop()
	r.out.Elapsed = time.Since(r.began)
	if r.stdin != nil && r.c.Stdin.Open {
		r.stdin.Close()
	}
	status := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if r.out.Exit = status.ExitStatus(); status.Signaled() {
		r.out.Exit = 128 + int(status.Signal())
	}
	if r.unread != nil {
		r.drain(r.unread, &r.out.Stdout)
	}
	drained := make(chan struct{})
	go func() { r.drained.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-time.After(drainGrace):
		r.heldOpen = true
	}
	for _, f := range r.readers {
		_ = f.SetReadDeadline(time.Now())
	}
	<-drained
	for _, f := range r.readers {
		f.Close()
	}
	return &r.out
}

// readReport takes judge's report in.
func (r *running) readReport(s *Session) {
	raw, err := os.ReadFile(filepath.Join(r.dir, "report.json"))
	if err != nil {
		r.out.ReportError = fmt.Errorf("judge wrote none: %w", err)
		return
	}
	r.out.RawReport = raw
	r.out.Report, r.out.ReportError = decodeReport(raw, s.schema)
	if s.schemaError != nil {
		r.out.ReportError = s.schemaError
	}
}
