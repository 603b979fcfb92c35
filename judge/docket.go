package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"judge/judge/problem"
)

// A Docket is a problem that is ready to be graded: its programs are built. It is
// safe for use by several goroutines.
type Docket struct {
	engine  *Engine
	problem *problem.Problem

	tools map[*problem.Program]*tool
	fault string // what is wrong with one of the programs: every submission is JE

	digest string // of the package

	measuring sync.Mutex
	found     time.Duration // the time limit; 0 until it is known
	noLimit   error         // why there is none; nil until that is known

	sums sync.Map // of files and directories, by path: see sum

	notesMu sync.Mutex
	notes   []Note // see Notes
}

// Prepare builds a problem's checkers, interactor and grader. What is wrong with
// them is no error: it is the reason of the JE that every submission then gets. That
// the problem's memory limit is more than this host has is a [*sandbox.UsageError].
func (e *Engine) Prepare(ctx context.Context, p *problem.Problem) (*Docket, error) {
	if err := e.fitsHost(p); err != nil {
		return nil, err
	}
	d := &Docket{engine: e, problem: p, tools: map[*problem.Program]*tool{}, found: p.Limits.Time, digest: packageDigest(p)}
	for _, program := range programs(p) {
		if err := d.make(ctx, program); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Digest is that of the package, [Provenance.Package].
func (d *Docket) Digest() string { return d.digest }

// Close removes what was built. Nothing may be graded by it any more.
func (d *Docket) Close() {
	for _, t := range d.tools {
		if t != nil {
			d.engine.drop(t)
		}
	}
}

// programs lists the programs of a package that grading needs, each once.
func programs(p *problem.Problem) []*problem.Program {
	var list []*problem.Program
	seen := map[*problem.Program]bool{nil: true}
	add := func(program *problem.Program) {
		if !seen[program] {
			seen[program] = true
			list = append(list, program)
		}
	}
	for _, c := range p.Checkers {
		add(c.Program)
	}
	if p.Interactor != nil {
		add(p.Interactor.Program)
	}
	add(p.Grader)
	add(p.Static)
	return list
}

// make builds one program, and notes what is wrong with it.
func (d *Docket) make(ctx context.Context, program *problem.Program) error {
	t, c, err := d.engine.build(ctx, d.sourceOf(program), d.problem.Limits)
	var none *NoToolchainError
	switch {
	case errors.As(err, &none):
		d.fault = fmt.Sprintf("the package's %s cannot be built: %v", program.Name, none)
	case err != nil:
		return err
	case t == nil:
		d.fault = fmt.Sprintf("the package's %s does not compile: %s", program.Name, whyNot(c))
	}
	d.tools[program] = t
	if t == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(t.box, "feedback"), 0o755); err != nil {
		return fmt.Errorf("make a feedback directory for %s: %w", program.Name, err)
	}
	return nil
}

func (d *Docket) sourceOf(program *problem.Program) source {
	return source{
		name: program.Name, files: append(append([]problem.File(nil), program.Extra...), program.Files...), language: program.Language,
		build: program.Build, run: program.Run, executable: program.Executable, expand: d.expand(),
	}
}

// firstLine is the first of some texts that says something, shortened to a line.
func firstLine(texts ...string) string {
	for _, text := range texts {
		if line := oneLine(text); line != "" {
			return line
		}
	}
	return "it does not say why"
}

// expand replaces the package's constants in sources; nil if it has none.
func (d *Docket) expand() func([]byte) []byte {
	if len(d.problem.Constants) == 0 {
		return nil
	}
	return d.problem.Expand
}
