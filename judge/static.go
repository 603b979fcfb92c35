package judge

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"

	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// static has the package's static validator look at the submission's source: PROGRAM
// language entry_point feedback_dir [args], in a directory with the submission's
// files; it answers as an output validator does (2025-09, "Static validator").
func (t *trial) static(ctx context.Context, c *problem.StaticCase) (outcome, error) {
	release, err := t.engine.admit(ctx, t.checkerRequest())
	if err != nil {
		return outcome{}, err
	}
	defer release()
	dir, err := t.engine.place("static")
	if err != nil {
		return outcome{}, err
	}
	o, err := t.staticIn(ctx, c, dir)
	return o, errors.Join(err, os.RemoveAll(dir))
}

// submissionDir is where a static validator finds the submission, in its sandbox.
const submissionDir = "submission"

func (t *trial) staticIn(ctx context.Context, c *problem.StaticCase, dir string) (outcome, error) {
	h := &hearing{c: &problem.Case{Name: "the static validation", Score: c.Score}}
	p := t.engine.checkerPolicy(t.problem.Limits)
	p.Limits.IdleTime = checkerIdle
	p.Filesystem.Workdir = path.Join("/box", submissionDir)
	stderr := &limited{}
	cmd := sandbox.Command{Args: append([]string{t.tool.code(), t.tool.entry, feedbackDir}, c.Args...), Stderr: stderr}
	for _, f := range t.submission.Files {
		cmd.Files = append(cmd.Files, sandbox.File{Source: f.Path, Name: path.Join(submissionDir, f.Name)})
	}
	tl, err := t.withFeedback(h, elsewhere(t.tools[t.problem.Static]), &cmd, dir)
	if err != nil {
		return outcome{}, err
	}
	r, err := t.engine.run(ctx, tl, cmd, p)
	if err != nil {
		return outcome{}, err
	}
	checked, err := t.answer(ctx, h, &problem.Checker{Kind: problem.CheckKattis, Program: t.problem.Static}, r, dir, nil, stderr.Bytes())
	if err != nil {
		return outcome{}, err
	}
	o := outcome{verdict: checked.Verdict, score: checked.Score}
	if o.verdict != problem.AC {
		o.reason = "static validation: " + why(checked)
	}
	return o, nil
}

// elsewhere is a tool that starts in another directory than its own: those words of
// its command that name its files become absolute.
func elsewhere(t *tool) *tool {
	moved := *t
	moved.start = func(memory policy.Bytes) []string {
		args := append([]string(nil), t.start(memory)...)
		for i, a := range args {
			if _, err := os.Lstat(filepath.Join(t.box, a)); err == nil && filepath.IsLocal(a) {
				args[i] = path.Join("/box", a)
			}
		}
		return args
	}
	return &moved
}
