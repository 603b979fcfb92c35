package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"judge/judge/language"
	"judge/policy"
	"judge/sandbox"
)

// Options say how an [Engine] grades. The zero value is the package's and the
// languages' own choice everywhere.
type Options struct {
	Jobs      int             // programs that run at once; 0 is one for each physical core
	Policy    string          // of submissions, instead of the language's
	Rootfs    string          // of all that runs, instead of the policies'
	Roots     map[string]Root // root file systems that are meant by names; others are those of the store
	Language  string          // of submissions, instead of what their files' names say
	Languages *language.Set   // nil is those that judge brings
	AllCases  bool            // judge every case, also where the package stops at the first failure
	TempDir   string          // where work is put; "" is the system's
	Unfair    []string        // why the host cannot measure fairly, for [Provenance]; nil if it can
	Version   string          // of judge, for [Provenance]; another one uses nothing that this one compiled

	Cache     string // directory of the compile cache; "" is none
	CacheSize int64  // bytes at most; 0 is 1 GiB

	Results     string // directory of the result cache, which [Docket.Grade] uses; "" is none
	ResultsSize int64  // bytes at most; 0 is 256 MiB

	// Warn is told what judge does without, for a person; calls come as for Progress.
	Warn func(string)

	// Progress is told of each case and submission as it is done. Calls come from
	// several goroutines, one at a time.
	Progress func(Event)
}

// A Root is a rootfs that lies elsewhere than under its name in the store.
type Root struct {
	Digest string // "sha256:..."
	Dir    string // in a store, see sandbox.Command.Roots; "" is not known yet, which is enough for [BasisOf]
}

// An Event is a step of the way of one submission.
type Event struct {
	Submission string
	Case       *CaseResult // that was judged; nil at the end
	Result     *Result     // at the end
}

// An Engine grades. It is safe for use by several goroutines. What it holds on
// disk goes with Close.
type Engine struct {
	opts    Options
	dir     string
	seats   chan struct{}
	names   atomic.Int64
	desks   desks
	cache   *cache    // nil for none
	results *cache    // nil for none
	waited  sync.Once // to tell that the machine is waited for

	admission *sandbox.Admission
	meter     *sandbox.Meter
	telling   sync.Mutex // held while Progress or Warn is called
	base      map[string]policy.Policy
	host      Host
	roots     map[string]string // of [Options.Roots] the directories
	halted    context.Context   // done after Halt
	halt      context.CancelFunc
	hearing   atomic.Int64 // submissions whose cases are being judged
	offers    sync.Map     // by *language.Language: a function that has its offer, see lacking
	good      sync.Map     // by digest: policies that were checked
}

// New makes an engine.
func New(opts Options) (*Engine, error) {
	if opts.Languages == nil {
		opts.Languages = language.Builtin()
	}
	if opts.Jobs <= 0 {
		opts.Jobs = sandbox.PhysicalCores()
	}
	e := &Engine{opts: opts, seats: make(chan struct{}, opts.Jobs), base: map[string]policy.Policy{}, host: ThisHost()}
	e.halted, e.halt = context.WithCancel(context.Background())
	if opts.Language != "" {
		if _, err := opts.Languages.Find(opts.Language); err != nil {
			return nil, err
		}
	}
	if err := e.loadPolicies(); err != nil {
		return nil, err
	}
	e.roots = map[string]string{}
	for name, root := range opts.Roots {
		e.roots[name] = root.Dir
	}
	if opts.Rootfs != "" {
		if err := e.rootfsIsThere(e.base[language.CompilePolicy]); err != nil {
			return nil, err
		}
	}
	e.openCaches()
	var err error
	if e.meter, err = sandbox.NewMeter(); err != nil {
		return nil, err
	}
	if e.admission, err = sandbox.NewAdmission(); err != nil {
		return nil, err
	}
	if e.dir, err = os.MkdirTemp(opts.TempDir, "judge-grade-"); err != nil {
		return nil, errors.Join(fmt.Errorf("make a directory to work in: %w", err), e.admission.Close())
	}
	return e, nil
}

// loadPolicies loads all that may be used.
func (e *Engine) loadPolicies() error {
	names := append(policy.Names(), e.opts.Policy)
	for _, l := range e.opts.Languages.All() {
		names = append(names, l.Policy)
	}
	for _, name := range names {
		if _, done := e.base[name]; done || name == "" {
			continue
		}
		p, err := policy.Load(name)
		if err != nil {
			return err
		}
		if e.opts.Rootfs != "" {
			if p, err = p.With([]policy.Override{{Key: "filesystem.rootfs", Value: e.opts.Rootfs, Flag: "--rootfs"}}); err != nil {
				return err
			}
		}
		e.base[name] = p
	}
	return nil
}

// rootfsIsThere finds out before anything starts whether there is such a rootfs.
func (e *Engine) rootfsIsThere(p policy.Policy) error {
	_, err := sandbox.Explain(sandbox.Command{Args: []string{"sh"}, Inside: true, Roots: e.roots}, p)
	var usage *sandbox.UsageError
	if errors.As(err, &usage) && !errors.Is(err, os.ErrNotExist) { // but for a rootfs without a shell
		return err
	}
	return nil
}

// Close removes all that the engine made.
func (e *Engine) Close() error { return errors.Join(os.RemoveAll(e.dir), e.admission.Close()) }

// place is a new directory of the engine's.
func (e *Engine) place(kind string) (string, error) {
	dir := e.newName(kind)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a directory to work in: %w", err)
	}
	return dir, nil
}

// newName is a name for a file or directory of the engine's that is not there yet.
func (e *Engine) newName(kind string) string {
	return filepath.Join(e.dir, fmt.Sprintf("%s-%d", kind, e.names.Add(1)))
}

func (e *Engine) tell(ev Event) {
	if e.opts.Progress == nil {
		return
	}
	e.telling.Lock()
	defer e.telling.Unlock()
	e.opts.Progress(ev)
}

func (e *Engine) warn(text string) {
	if e.opts.Warn == nil {
		return
	}
	e.telling.Lock()
	defer e.telling.Unlock()
	e.opts.Warn(text)
}

// A tool is a program that was built, and how it is started.
type tool struct {
	name     string                      // for messages: "output_validators/validate.cc"
	box      string                      // a directory; its sandbox starts with what is there
	start    func(policy.Bytes) []string // its command, under a memory limit
	policy   string
	language *language.Language // nil for what has none
	entry    string             // main file or class
	factor   float64            // of time limits; 0 is 1
	built    bool               // a compiler made what is in its box
}

func (t *tool) code() string { return toolchain{language: t.language}.code() }

// inPolicy is a policy for it.
func (t *tool) inPolicy(p policy.Policy) policy.Policy {
	if t.language == nil {
		return p
	}
	return t.language.ForProgram(p)
}

// run starts a tool in a sandbox of its own, and waits. What is wrong with the
// request is judge's own fault here, too: everything in it is judge's doing.
func (e *Engine) run(ctx context.Context, t *tool, cmd sandbox.Command, p policy.Policy) (sandbox.Report, error) {
	return e.runIn(ctx, sandbox.Prepare(), t, cmd, p)
}

// runIn is run in a sandbox that is being built already.
func (e *Engine) runIn(ctx context.Context, s *sandbox.Sandbox, t *tool, cmd sandbox.Command, p policy.Policy) (sandbox.Report, error) {
	cmd.Args = append(append([]string(nil), t.start(p.Limits.Memory)...), cmd.Args...)
	cmd.Inside, cmd.Roots = true, e.roots
	p = t.inPolicy(p)
	if cmd.Policy == nil {
		cmd.Policy = identified(p) // where the box lies is another place each time, and says nothing of the run
	}
	p.Filesystem.Box, cmd.BoxStays = t.box, t.built
	if err := e.checked(p, cmd.Policy.Digest); err != nil {
		return sandbox.Report{}, errors.Join(fmt.Errorf("the policy for %s: %w", t.name, err), s.Discard())
	}
	r, err := s.Run(ctx, cmd, p)
	if err != nil {
		return r, fmt.Errorf("run %s: %w", t.name, err)
	}
	return r, nil
}

// identified is what a report calls a policy.
func identified(p policy.Policy) *sandbox.PolicyID {
	return &sandbox.PolicyID{Name: p.Name, Digest: p.Digest()}
}

// checked is the policy's Check, once for each: thousands of cases run under the same
// one, and it takes some per cent of a short run. With binds it is another each time.
func (e *Engine) checked(p policy.Policy, digest string) error {
	shared := len(p.Filesystem.Bind) == 0
	if _, good := e.good.Load(digest); good && shared {
		return nil
	}
	if err := p.Check(); err != nil {
		return err
	}
	if shared {
		e.good.Store(digest, true)
	}
	return nil
}

// drop removes what belongs to a tool.
func (e *Engine) drop(t *tool) {
	os.RemoveAll(t.box) // what stays goes with the engine
}
