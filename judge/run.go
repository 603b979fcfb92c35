package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// A trial is one submission before its judge: everything that its cases have in
// common.
type trial struct {
	*Docket
	terms
	submission Submission
	tool       *tool             // nil in a submit-answer problem
	base       policy.Policy     // of the submission
	id         *sandbox.PolicyID // of that, on a file; nil where cases have binds of their own
	past       *recollection     // what the result cache has of it; nil for nothing
	again      atomic.Int64      // how many measurements were not the first of their case
}

// newTrial finds the policy that a submission runs under.
func (d *Docket) newTrial(t *tool, s Submission, by terms) *trial {
	tr := &trial{Docket: d, tool: t, submission: s, terms: by}
	if t == nil {
		return tr
	}
	name := t.policy
	if d.engine.opts.Policy != "" {
		name = d.engine.opts.Policy
	}
	l := d.problem.Limits
	memory := l.Memory
	if own := l.Languages[t.code()]; own.Memory > 0 {
		memory = own.Memory
	}
	file := l.Output
	if d.problem.OutputFile == "" {
		file = max(file, int64(d.engine.base[name].Limits.FileSize))
	}
	var disk policy.Bytes
	if w := tr.written(); w.files {
		disk = policy.Bytes(w.most + filesRoom)
	}
	tr.base = bound(d.engine.base[name], policy.Limits{
		CPUTime: by.kill, Memory: policy.Bytes(memory), Output: policy.Bytes(l.Output), FileSize: policy.Bytes(file), Disk: disk,
		// A limit of its own for the stack surprises who counts on the memory limit alone, as all formats do.
		Stack: policy.Bytes(memory), CPUSet: "auto",
		WallTime: wallOf(by.kill), IdleTime: by.kill + idlePatience,
	})
	if memory == 0 { // the policy's own figure suits hosts of some size
		most := d.engine.admission.Most() / policy.Bytes(processes(d.problem))
		if l := &tr.base.Limits; l.Memory == 0 && l.MemoryPercent > 0 {
			l.Memory, l.MemoryPercent = most/100*policy.Bytes(l.MemoryPercent)&^4095, 0
		}
		tr.base.Limits.Memory = min(tr.base.Limits.Memory, most)
	}
	if d.problem.InputFile == "" {
		tr.id = identified(t.inPolicy(tr.base))
	}
	return tr
}

// written is the bound of a run's streams and files together.
func (t *trial) written() outputBound {
	if t.problem.Format != problem.V2025 {
		return outputBound{}
	}
	return outputBound{most: t.problem.Limits.Output, files: t.problem.WriteFiles}
}

// command is the run of the submission on a case, but for its streams.
func (t *trial) command(c *problem.Case) (sandbox.Command, policy.Policy) {
	cmd := sandbox.Command{Args: c.Args, ReadonlyBox: !t.problem.WriteFiles, Meter: t.engine.meter}
	p := t.base
	for _, f := range c.Files {
		cmd.Files = append(cmd.Files, sandbox.File{Source: f.Path, Name: f.Name})
	}
	if name := t.problem.InputFile; name != "" && c.Input != "" {
		p.Filesystem.Bind = append(append([]policy.Bind(nil), p.Filesystem.Bind...),
			policy.Bind{Source: c.Input, Target: "/box/" + name, Readonly: true})
	}
	return cmd, p
}

// runOn runs the submission on an input. What it wrote is in the file output.
func (t *trial) runOn(ctx context.Context, c *problem.Case, input, output string) (sandbox.Report, error) {
	s := sandbox.Prepare() // while its namespaces are made, files are opened
	cmd, p := t.command(c)
	cmd.Policy = t.id
	if t.problem.InputFile != "" {
		input = ""
	}
	out, err := newOutput(output)
	if err != nil {
		return sandbox.Report{}, errors.Join(fmt.Errorf("make a file for the output: %w", err), s.Discard())
	}
	if name := t.problem.OutputFile; name != "" { // the other stays empty where the submission writes no such file
		cmd.Collect = []sandbox.Collect{{Name: name, Dest: filepath.Base(output)}}
		cmd.CollectDir = filepath.Dir(output)
		if err := out.close(); err != nil {
			return sandbox.Report{}, errors.Join(err, s.Discard())
		}
		return t.engine.runOnFile(ctx, s, t.tool, cmd, p, input)
	}
	cmd.Stdout = out.File
	r, err := t.engine.runOnFile(ctx, s, t.tool, cmd, p, input)
	return r, errors.Join(err, out.close())
}

// runOnFile is run with a file as standard input, none if it is "".
func (e *Engine) runOnFile(ctx context.Context, s *sandbox.Sandbox, t *tool, cmd sandbox.Command, p policy.Policy, input string) (sandbox.Report, error) {
	if input != "" {
		in, err := os.Open(input)
		if err != nil {
			return sandbox.Report{}, errors.Join(fmt.Errorf("open an input: %w", err), s.Discard())
		}
		defer in.Close()
		cmd.Stdin = in
	}
	return e.runIn(ctx, s, t, cmd, p)
}

// idlePatience is for how long a submission may do nothing, besides its time limit.
const idlePatience = 3 * time.Second

// wallOf bounds the elapsed time of a run. Processor time is what is judged, and who
// waits for something is ended as idle; this is for the rest, and generous: on a host
// that is busy with other things a program is not to be blamed for.
func wallOf(cpu time.Duration) time.Duration { return 3*cpu + 10*time.Second }
