package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"judge/judge/check"
	"judge/judge/problem"
	"judge/sandbox"
)

// A hearing is what is checked: an output with the files of its case.
type hearing struct {
	c      *problem.Case
	input  string // of this pass
	output string
	dir    string // for what checkers leave
	pass   check.Pass
	before string // the feedback directory of the pass before; "" in the first
}

// checked asks all checkers of a case. An error is judge's own.
func (t *trial) checked(ctx context.Context, h *hearing) (*Checked, error) {
	var last *Checked
	for i, ch := range h.c.Checks {
		var c *Checked
		var err error
		switch ch.Checker.Kind {
		case problem.CheckDefault, problem.CheckWhiteDiff:
			c, err = builtIn(h, ch, t.problem.Format)
		default:
			c, err = t.ask(ctx, h, ch, filepath.Join(h.dir, fmt.Sprintf("checker-%d", i)))
		}
		if err != nil || c.Verdict != problem.AC {
			return c, err
		}
		last = c
	}
	if last == nil {
		return nil, fmt.Errorf("case %s: the package names no checker", h.c.Name)
	}
	return last, nil
}

// builtIn compares with the answer, in this process: no code but judge's own runs.
func builtIn(h *hearing, ch problem.Check, format problem.Format) (*Checked, error) {
	out, err := os.Open(h.output)
	if err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	defer out.Close()
	answer, err := os.Open(h.c.Answer)
	if err != nil {
		return nil, fmt.Errorf("open the answer of %s: %w", h.c.Name, err)
	}
	defer answer.Close()
	var r check.Result
	if ch.Checker.Kind == problem.CheckWhiteDiff {
		r, err = check.WhiteDiff(out, answer)
	} else {
		var flags check.Flags
		if flags, err = check.ParseFlags(ch.Args, format); err != nil {
			return fault("%v", err), nil
		}
		r, err = check.Check(out, answer, flags)
	}
	if err != nil {
		return nil, fmt.Errorf("compare the output on %s: %w", h.c.Name, err)
	}
	c := &Checked{Outcome: check.Outcome{Verdict: problem.AC, Score: h.c.Score.Accept}}
	if !r.Accepted {
		c.Verdict, c.Score, c.Message = problem.WA, h.c.Score.Reject, r.Difference.String()
	}
	return c, nil
}

// fault is what comes of a checker that gives no answer.
func fault(format string, args ...any) *Checked {
	return &Checked{Outcome: check.Outcome{Verdict: problem.JE, Reason: fmt.Sprintf(format, args...)}}
}

// maxMessage bounds what is read of a file that a checker left.
const maxMessage = 1 << 20

// feedback lists the files of a feedback directory that mean something.
var feedback = []string{check.FileJudgeMessage, check.FileTeamMessage, check.FileScore, check.FileMultiplier, check.FileNextPass}

// ask runs a checker that is a program.
func (t *trial) ask(ctx context.Context, h *hearing, ch problem.Check, dir string) (*Checked, error) {
	tl := t.tools[ch.Checker.Program]
	p := t.engine.checkerPolicy(t.problem.Limits)
	p.Limits.IdleTime = checkerIdle
	var cmd sandbox.Command
	files := []show{{name: "input", path: h.input}, {name: "answer", path: h.c.Answer}, {name: "output", path: h.output}}
	if ch.Checker.Kind == problem.CheckKattis {
		files = files[:2] // it reads the output as its standard input
	}
	names, err := shown(&cmd, &p, files...)
	if err != nil {
		return nil, err
	}
	stdout, stderr := &limited{}, &limited{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	switch ch.Checker.Kind {
	case problem.CheckKattis:
		cmd.Args = append(append(cmd.Args, names...), feedbackDir)
		if tl, err = t.withFeedback(h, tl, &cmd, dir); err != nil {
			return nil, err
		}
		out, err := os.Open(h.output)
		if err != nil {
			return nil, fmt.Errorf("open the output: %w", err)
		}
		defer out.Close()
		cmd.Stdin = out
	case problem.CheckCMS:
		cmd.Args = append(cmd.Args, names...)
	default: // testlib and compare: input output answer
		cmd.Args = append(cmd.Args, names[0], names[2], names[1])
	}
	cmd.Args = append(cmd.Args, ch.Args...)
	r, err := t.engine.run(ctx, tl, cmd, p)
	if err != nil {
		return nil, err
	}
	return t.answer(ctx, h, ch.Checker, r, dir, stdout.Bytes(), stderr.Bytes())
}

// checkerIdle ends a checker that waits for something: it has files alone, and
// nobody to wait for.
const checkerIdle = 15 * time.Second

// feedbackDir is where a Kattis validator writes; the format wants the slash.
const feedbackDir = "/box/feedback/"

// withFeedback gives the checker its feedback directory, and has collected what is
// in it. Its box has an empty one; in later passes one with what was left there.
func (t *trial) withFeedback(h *hearing, tl *tool, cmd *sandbox.Command, dir string) (*tool, error) {
	if !h.pass.Multi {
		for _, name := range feedback {
			cmd.Collect = append(cmd.Collect, sandbox.Collect{Name: "feedback/" + name, Dest: "feedback/" + name})
		}
		cmd.CollectDir = dir
		return tl, nil
	}
	cmd.CollectAll = dir
	if h.before == "" {
		return tl, nil
	}
	again := *tl
	again.box = dir + "-box"
	for _, from := range []struct{ dir, to string }{{tl.box, again.box}, {h.before, filepath.Join(again.box, "feedback")}} {
		if err := os.CopyFS(from.to, os.DirFS(from.dir)); err != nil {
			return nil, fmt.Errorf("make a feedback directory for the next pass: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(again.box, "feedback", check.FileNextPass)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("make a feedback directory for the next pass: %w", err)
	}
	return &again, nil
}

// answer reads what the checker said, in its protocol.
func (t *trial) answer(ctx context.Context, h *hearing, ch *problem.Checker, r sandbox.Report, dir string, stdout, stderr []byte) (*Checked, error) {
	if r.Status == sandbox.StatusCancelled {
		return nil, context.Cause(ctx)
	}
	c := &Checked{}
	switch ch.Kind {
	case problem.CheckKattis:
		files, err := readFeedback(filepath.Join(dir, "feedback"))
		if err != nil {
			return nil, err
		}
		c.Outcome = check.Kattis(r, files, h.c.Score, h.pass)
	case problem.CheckTestlib:
		c.Outcome = check.Testlib(r, stderr, h.c.Score)
	case problem.CheckCompare:
		c.Outcome = check.Compare(r, stdout, h.c.Score)
	case problem.CheckCMS:
		c.Outcome = check.CMS(r, stdout, stderr, h.c.Score)
	default:
		return nil, fmt.Errorf("a checker of the kind %q is unknown", ch.Kind)
	}
	c.ExitCode = r.ExitCode
	if c.Verdict == problem.JE {
		c.Reason = fmt.Sprintf("checker %s: %s", ch.Program.Name, c.Reason)
		if said := firstSaid(stderr); said != "" && c.Message == "" {
			c.Message = said
		}
	}
	return c, nil
}

// readFeedback reads the files that mean something, in part if they are long.
func readFeedback(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range feedback {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what the checker left: %w", err)
		}
		files[name], err = io.ReadAll(io.LimitReader(f, maxMessage))
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("read what the checker left: %w", err)
		}
	}
	return files, nil
}

// limited keeps the first bytes of what a checker writes; its protocol wants no more.
type limited struct{ b []byte }

func (l *limited) Write(b []byte) (int, error) {
	if room := maxMessage - len(l.b); room > 0 {
		l.b = append(l.b, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func (l *limited) Bytes() []byte { return l.b }

func firstSaid(b []byte) string {
	return oneLine(strings.ToValidUTF8(string(b), "\uFFFD"))
}

// oneLine is the first line that is not empty, at most 300 bytes of it.
func oneLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			if len(line) > 300 {
				line = strings.ToValidUTF8(line[:300], "") + "…"
			}
			return line
		}
	}
	return ""
}
