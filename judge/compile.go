package judge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"judge/judge/language"
	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// A source is what a program is built from.
type source struct {
	name     string // for messages
	files    []problem.File
	language string // a code; "" is found by the files' names
	entry    string
	driver   string                               // base name of the file among those of include that is started
	include  func(language string) []problem.File // put over the files
	expand   func([]byte) []byte                  // the package's constants; nil: none

	build, run, executable bool // as problem.Program has them
}

// A NoToolchainError says that nothing can be made of a source: no language has
// such files. It is whose source it is that is at fault.
type NoToolchainError struct{ Err error }

func (e *NoToolchainError) Error() string { return e.Err.Error() }
func (e *NoToolchainError) Unwrap() error { return e.Err }

// build makes a tool of a source. Where the compiler rejects it, the tool is nil and
// the Compile says why. An error is judge's own.
func (e *Engine) build(ctx context.Context, src source, l problem.Limits) (*tool, *Compile, error) {
	chain, err := e.chain(src)
	if err != nil {
		return nil, nil, err
	}
	stage, err := e.stage(src, chain)
	if err != nil {
		return nil, nil, err
	}
	t := &tool{name: src.name, box: stage, start: chain.start, policy: chain.policy, language: chain.language, factor: chain.factor, entry: chain.entry}
	if chain.compile == nil {
		return t, nil, nil
	}
	c, out, err := e.compile(ctx, src.name, chain, stage, l)
	if err != nil || !c.OK {
		return nil, c, err
	}
	t.box, t.built = out, true
	return t, c, os.RemoveAll(stage)
}

// chain is the source's toolchain: its own scripts', or its language's.
func (e *Engine) chain(src source) (toolchain, error) {
	switch {
	case src.executable:
		return toolchain{start: command("/box/" + src.files[0].Name), policy: "default"}, nil
	case src.build:
		return toolchain{compile: []string{"/box/build"}, start: command("/box/run"), policy: "default"}, nil
	case src.run:
		return toolchain{start: command("/box/run"), policy: "default"}, nil
	}
	chain, err := toolchainOf(e.opts.Languages, src.files, src.language, src.entry, src.driver, src.include)
	if err != nil {
		return chain, &NoToolchainError{fmt.Errorf("%s: %w", src.name, err)}
	}
	return chain, nil
}

// stage puts the files of a source into a directory of judge's own.
func (e *Engine) stage(src source, chain toolchain) (string, error) {
	dir, err := e.place("source")
	if err != nil {
		return "", err
	}
	files := chain.files
	if chain.language == nil {
		files = src.files
	}
	for _, f := range files {
		if !filepath.IsLocal(f.Name) {
			return "", fmt.Errorf("%s: the file name %q leads out of the directory", src.name, f.Name)
		}
		name := f.Name
		if other := chain.names[name]; other != "" {
			name = other
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		err := copyFile(f.Path, to, src.expand)
		if err == nil && src.executable { // as CMS has it, whatever an archive has made of its mode
			err = os.Chmod(to, 0o755)
		}
		if err != nil {
			return "", fmt.Errorf("copy %s of %s: %w", f.Name, src.name, err)
		}
	}
	return dir, nil
}

// copyFile replaces what is there: included files win over a submission's.
func copyFile(from, to string, expand func([]byte) []byte) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if expand != nil {
		data = expand(data)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(to, data, mode)
}

// compilerRests is for how long a compiler may do nothing: it waits for the disk at most.
const compilerRests = 20 * time.Second

// compile makes a box of the program of one with the sources, or finds that this has
// been done before.
func (e *Engine) compile(ctx context.Context, name string, chain toolchain, stage string, l problem.Limits) (*Compile, string, error) {
	p := bound(e.base[language.CompilePolicy], policy.Limits{
		CPUTime: l.CompileTime, WallTime: wallOf(l.CompileTime), IdleTime: compilerRests,
		Memory: policy.Bytes(l.CompileMemory), CPUSet: "auto",
	})
	p.Limits.Memory = min(p.Limits.Memory, e.admission.Most())
	if chain.language != nil {
		p = ForCompiler(chain.language, p)
	}
	out := e.newName("program")
	if e.cache == nil {
		c, err := e.runCompiler(ctx, name, chain, stage, out, p)
		return c, out, err
	}
	key, err := e.keyOf(chain, stage, p)
	if err != nil {
		return nil, "", fmt.Errorf("look %s up in the compile cache: %w", name, err)
	}
	if c := e.cache.get(key, out); c != nil {
		return c, out, nil
	}
	c, err := e.runCompiler(ctx, name, chain, stage, out, p)
	if err == nil && c.OK {
		// That it cannot be kept costs the next judge a compilation, and this one nothing.
		if err := e.cache.put(key, out, c); err != nil {
			e.warn(fmt.Sprintf("keep what was compiled in %s: %v", e.cache.dir, err))
		}
	}
	return c, out, err
}

// runCompiler runs the compiler; what it made goes to the place out. Whatever the
// compiler does is the source's fault (bombs are known for all of them), unless it is
// not there or judge itself fails.
func (e *Engine) runCompiler(ctx context.Context, name string, chain toolchain, stage, out string, p policy.Policy) (*Compile, error) {
	release, err := e.admit(ctx, sandbox.Request{Memory: p.Limits.Memory})
	if err != nil {
		return nil, err
	}
	defer release()
	said := &excerpt{}
	cmd := sandbox.Command{Stdout: said, Stderr: said}
	if chain.binary != "" {
		cmd.Collect, cmd.CollectDir = []sandbox.Collect{{Name: chain.binary}}, out
	} else {
		cmd.CollectAll = out
	}
	t := &tool{name: "the compiler of " + name, box: stage, start: command(chain.compile...)}
	r, err := e.run(ctx, t, cmd, p)
	c := &Compile{OK: r.Status == sandbox.StatusOK, Output: said.String(), Report: &r}
	switch {
	case err != nil:
		return c, err
	case r.Status == sandbox.StatusCancelled:
		return c, context.Cause(ctx)
	case r.Status == sandbox.StatusCannotStart:
		return c, fmt.Errorf("compile %s: %s: install it in the rootfs %s, or choose another with --rootfs", name, r.Reason, r.Rootfs.Name)
	}
	if !c.OK && chain.language != nil {
		if missing, err := e.lacking(ctx, chain.language); err != nil {
			return c, err
		} else if missing != "" {
			return c, fmt.Errorf("compile %s in the rootfs %s: %s", name, r.Rootfs.Name, missing)
		}
	}
	for _, f := range r.Collected {
		if c.OK && f.Refused != "" { // what it made is no program that can be kept
			c.OK, c.Output = false, fmt.Sprintf("%s\n%s, which the compiler made, cannot be taken: %s", c.Output, f.Name, f.Refused)
		}
	}
	return c, nil
}

// excerpt keeps the beginning and the end of what a program wrote.
type excerpt struct {
	head, tail []byte
	lost       bool
}

// excerptSize bounds each of both parts.
const excerptSize = 16 << 10

func (x *excerpt) Write(b []byte) (int, error) {
	n := len(b)
	if room := excerptSize - len(x.head); room > 0 {
		k := min(room, len(b))
		x.head, b = append(x.head, b[:k]...), b[k:]
	}
	x.tail = append(x.tail, b...)
	if len(x.tail) > 2*excerptSize {
		x.tail, x.lost = append(x.tail[:0], x.tail[len(x.tail)-excerptSize:]...), true
	}
	return n, nil
}

// String is valid UTF-8.
func (x *excerpt) String() string {
	text := strings.Builder{}
	text.Write(x.head)
	tail := x.tail
	if len(tail) > excerptSize {
		tail, x.lost = tail[len(tail)-excerptSize:], true
	}
	if x.lost {
		text.WriteString("\n[...]\n")
		if i := bytes.IndexByte(tail, '\n'); i >= 0 {
			tail = tail[i+1:]
		}
	}
	text.Write(tail)
	return strings.ToValidUTF8(text.String(), "\uFFFD")
}
