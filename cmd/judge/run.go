package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/policy"
	"judge/sandbox"
)

// runFlags is what the command line of judge run says.
type runFlags struct {
	policy    string
	overrides []policy.Override
	cmd       sandbox.Command

	stdin, stdout, stderr string
	report                string
	pretty, explain       bool
	quiet, verbose        bool
	tty                   bool

	more  []runFlag  // of a command that has these flags besides
	usage string     // that command in short
	learn learnFlags // of judge policy learn
}

func runCommand(args []string) (int, error) {
	f, err := parseRun(args)
	if err != nil || f == nil {
		return 0, err
	}
	if f.explain {
		p, err := f.loadPolicy()
		if err != nil {
			return 0, err
		}
		status, err := explain(f.cmd, p)
		return status, placed(f.policy, err)
	}
	raiseSoftLimits()
	// The kernel makes the namespaces while the policy and the files are looked for.
	box := sandbox.Prepare()
	p, err := f.loadPolicy()
	if err != nil {
		return 0, errors.Join(err, box.Discard())
	}
	return f.run(box, p)
}

// raiseSoftLimits lifts what the shell's soft limits take from judge itself: a
// file size limit would kill it when it writes the report. What cannot be lifted
// makes itself felt where it matters.
func raiseSoftLimits() {
	for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_AS, unix.RLIMIT_DATA, unix.RLIMIT_CPU, unix.RLIMIT_NOFILE} {
		var limit unix.Rlimit
		if err := unix.Getrlimit(resource, &limit); err == nil && limit.Cur < limit.Max {
			limit.Cur = limit.Max
			unix.Setrlimit(resource, &limit)
		}
	}
}

// loadPolicy is the policy with the flags over it.
func (f *runFlags) loadPolicy() (policy.Policy, error) {
	p, err := loadPolicy(f.policy)
	if err != nil || len(f.overrides) == 0 {
		return p, err
	}
	return p.With(f.overrides)
}

// loadPolicy adds, where the file system refuses, what was being read.
func loadPolicy(name string) (policy.Policy, error) {
	p, err := policy.Load(name)
	err = placed(name, err)
	var file *os.PathError
	if errors.As(err, &file) && !errors.As(err, new(policy.FileErrors)) {
		return p, &cli.UsageError{What: fmt.Sprintf("--policy: %v", err), Hint: "name a file that can be read, or a built-in policy: judge policy list"}
	}
	return p, err
}

func explain(cmd sandbox.Command, p policy.Policy) (int, error) {
	lines, err := sandbox.Explain(cmd, p)
	if err != nil {
		return 0, err
	}
	_, err = os.Stdout.WriteString(strings.Join(lines, "\n") + "\n")
	return 0, err
}

// run opens the files, the report's first: from then on exactly one report is
// written, unless nothing can be started.
func (f *runFlags) run(box *sandbox.Sandbox, p policy.Policy) (int, error) {
	out, err := openReport(f.report)
	if err != nil {
		return 0, errors.Join(err, box.Discard())
	}
	files, err := f.open()
	if err != nil {
		out.discard()
		return 0, errors.Join(err, box.Discard())
	}
	terminal, err := f.listen()
	defer terminal.restore() // also after a panic
	if err != nil {
		out.discard()
		return 0, errors.Join(err, box.Discard())
	}
	report, err := box.Run(context.Background(), f.cmd, p)
	terminal.restore()
	var usage *sandbox.UsageError
	if errors.As(err, &usage) {
		out.discard()
		files.discard()
		return 0, placed(f.policy, err)
	}
	if cerr := files.close(); cerr != nil && err == nil {
		err = cerr
		report.Status, report.Reason = sandbox.StatusError, cerr.Error()
	}
	// The report comes last: on stderr it is the last line, after all that judge and the program said there.
	out.newLine(report, f)
	if err != nil {
		cli.Complain(err)
	} else {
		f.tell(report)
	}
	if werr := out.write(report, f.pretty); werr != nil {
		return 0, werr
	}
	return exitStatus(report), nil
}

// listen has signals come to the run, and gives it a terminal, if it is to have one.
func (f *runFlags) listen() (*userTerminal, error) {
	if f.tty {
		return openTerminal(&f.cmd)
	}
	var err error
	f.cmd.SignalFD, err = listen()
	return &userTerminal{}, err
}

// tell prints what a person at a terminal wants to know besides the report.
func (f *runFlags) tell(r sandbox.Report) {
	if f.quiet {
		return
	}
	if r.Status == sandbox.StatusCannotStart {
		fmt.Fprintf(os.Stderr, "judge: cannot start: %s\n", r.Reason)
	} else if f.verbose && r.Reason != "" {
		fmt.Fprintf(os.Stderr, "judge: %s: %s\n", r.Status, r.Reason)
	}
}

// streamFiles are the files of --stdin, --stdout and --stderr.
type streamFiles struct{ opened, made []*os.File }

// close closes them; what was written may only now meet a full disk.
func (s *streamFiles) close() error {
	var errs []error
	for _, f := range s.opened {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// discard is close for a run that never was: what it made goes.
func (s *streamFiles) discard() {
	for _, f := range s.made {
		os.Remove(f.Name()) // it is empty
	}
	s.close() // nothing was written
}

// open opens the files for the program's streams.
func (f *runFlags) open() (_ *streamFiles, err error) {
	files := &streamFiles{}
	defer func() {
		if err != nil {
			files.discard()
		}
	}()
	f.cmd.Stdin, f.cmd.Stdout, f.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if f.cmd.Capture {
		f.cmd.Stdout, f.cmd.Stderr = nil, nil
	}
	if f.stdin != "" {
		in, err := openFile(f.stdin, unix.O_RDONLY)
		if err == nil {
			files.opened = append(files.opened, in)
			err = noDirectory(in)
		}
		if err != nil {
			return nil, &cli.UsageError{What: fmt.Sprintf("--stdin: %v", err), Hint: "name a file to read"}
		}
		f.cmd.Stdin = in
	}
	for _, o := range []struct {
		name string
		to   *io.Writer
		flag string
	}{{f.stdout, &f.cmd.Stdout, "--stdout"}, {f.stderr, &f.cmd.Stderr, "--stderr"}} {
		if o.name == "" {
			continue
		}
		out, made, err := openOutput(o.name, unix.O_TRUNC)
		if err != nil {
			return nil, &cli.UsageError{What: fmt.Sprintf("%s: %v", o.flag, err), Hint: "name a file that can be written"}
		}
		files.opened = append(files.opened, out)
		if made {
			files.made = append(files.made, out)
		}
		*o.to = out
	}
	return files, nil
}

// noDirectory: a directory can be opened for reading, but holds no input.
func noDirectory(f *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return &os.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return &os.PathError{Op: "read", Path: f.Name(), Err: unix.EISDIR}
	}
	return nil
}

// openOutput opens a file for writing, and says whether it was made for that.
func openOutput(name string, flags int) (_ *os.File, made bool, _ error) {
	_, err := os.Lstat(name)
	made = errors.Is(err, os.ErrNotExist)
	f, err := openFile(name, unix.O_WRONLY|unix.O_CREAT|flags)
	return f, made, err
}

// openFile is os.OpenFile less Go's poller, which costs a run as much as a
// mount and does nothing for a file.
func openFile(name string, flags int) (*os.File, error) {
	fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// exitStatus is what the contract says for each way to end.
func exitStatus(r sandbox.Report) int {
	switch r.Status {
	case sandbox.StatusOK, sandbox.StatusNonzeroExit:
		return *r.ExitCode
	case sandbox.StatusSignal:
		return 128 + *r.Signal
	case sandbox.StatusCPUTime, sandbox.StatusWallTime, sandbox.StatusIdleTime:
		return cli.ExitTimeout
	case sandbox.StatusMemory:
		return 128 + int(unix.SIGKILL)
	case sandbox.StatusOutput:
		return 128 + int(unix.SIGXFSZ)
	case sandbox.StatusSyscall:
		return 128 + int(unix.SIGSYS)
	case sandbox.StatusCancelled:
		return 128 + int(r.CancelSignal())
	case sandbox.StatusCannotStart:
		if r.NotFound() {
			return cli.ExitNotFound
		}
		return cli.ExitCannotExec
	}
	return cli.ExitJudge
}

// reportFile is where the report goes.
type reportFile struct {
	f    *os.File
	made bool // by us: a report that is never written leaves no file
}

func openReport(name string) (*reportFile, error) {
	switch name {
	case "":
		return &reportFile{f: os.Stderr}, nil
	case "-":
		return &reportFile{f: os.Stdout}, nil
	}
	f, made, err := openOutput(name, 0)
	if err != nil {
		return nil, &cli.UsageError{What: fmt.Sprintf("--report: %v", err), Hint: "name a file that can be written, or - for standard output"}
	}
	return &reportFile{f, made}, nil
}

func (o *reportFile) discard() {
	if o.f == os.Stderr || o.f == os.Stdout {
		return
	}
	o.f.Close()
	if o.made {
		os.Remove(o.f.Name()) // it is empty, and better than nothing is a message
	}
}

// newLine ends the line that the program left open, so that the report has one
// of its own.
func (o *reportFile) newLine(r sandbox.Report, f *runFlags) {
	open := o.f == os.Stderr && (f.stderr == "" && r.InLine(1) || f.tty && r.InLine(0)) || o.f == os.Stdout && f.stdout == "" && r.InLine(0)
	if open {
		o.f.WriteString("\n") // what is wrong with the file, the report will meet, too
	}
}

func (o *reportFile) write(r sandbox.Report, pretty bool) error {
	ours := o.f != os.Stderr && o.f != os.Stdout
	if ours {
		if err := o.f.Truncate(0); err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: a pipe or a device
			return fmt.Errorf("write the report: %w", err)
		}
	}
	err := encodeReport(o.f, r, pretty)
	if ours {
		err = errors.Join(err, o.f.Close())
	}
	if err == nil {
		return nil
	}
	if o.made {
		os.Remove(o.f.Name()) // half a report is none
	}
	return &cli.UsageError{What: fmt.Sprintf("write the report: %v", err), Hint: "the run has ended, its report is lost: is the disk full?"}
}

func encodeReport(w io.Writer, r sandbox.Report, pretty bool) error {
	if !pretty {
		return r.WriteJSON(w)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, r.AppendJSON(nil), "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// setIP reads --ip.
func (f *runFlags) setIP(text string) (err error) {
	f.cmd.IP, err = sandbox.ParseIP(text)
	return err
}

// addPublish reads --publish.
func (f *runFlags) addPublish(text string) error {
	p, err := sandbox.ParsePublish(text)
	f.cmd.Publish = append(f.cmd.Publish, p)
	return err
}

// setGrace reads --grace.
func (f *runFlags) setGrace(text string) (err error) {
	f.cmd.Grace, err = parseGrace(text)
	return err
}

func parseGrace(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("--grace %q is no duration", text), Hint: "write 500ms, 2s, or 0s to kill at once"}
	}
	return max(d, 1), nil // zero would be the default
}
