package seccomp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"judge/policy"
	"judge/sandbox/seccomptree"
)

// Options say where filters that are not embedded come from.
type Options struct {
	// Cache is the directory of compiled filters; it is made if it is not there.
	// Without one, every Load of such a filter starts the helper.
	Cache string
	// Helper is the path of judge-seccomp. Without one, a filter that is
	// neither embedded nor cached is an error.
	Helper string
	// WithoutNotices asks for a program that kills the process itself where
	// others hand the call over, for kernels before 5.0.
	WithoutNotices bool
}

// format changes whenever the same spec gives another program.
const format = "1"

// ErrNoHelper says that a filter would have to be compiled and nothing can.
var ErrNoHelper = errors.New("judge-seccomp was not found; it belongs beside judge")

// Load gives the program for a spec: embedded, cached, or made by the helper.
// An error of the cache other than a failed write is returned: a directory that
// others can write to is not to be used, nor silently passed by.
func Load(s Spec, arch Arch, o Options) (Filter, error) {
	digest := s.Digest()
	program, err := load(s, digest, arch, o)
	if err != nil {
		return Filter{}, fmt.Errorf("filter of system calls: %w", err)
	}
	return o.filter(program), nil
}

// LoadPolicy is Resolve and Load in one. A filter of a built-in policy that was
// not changed is found without resolving it, in a few microseconds.
func LoadPolicy(p policy.Seccomp, arch Arch, o Options) (Filter, error) {
	if program, ok := embeddedText(Text(p), arch); ok {
		return o.filter(program), nil
	}
	s, err := Resolve(p)
	if err != nil {
		return Filter{}, fmt.Errorf("filter of system calls: %w", err)
	}
	return Load(s, arch, o)
}

// filter takes program over.
func (o Options) filter(program []byte) Filter {
	if o.WithoutNotices {
		withoutNotices(program)
	}
	return newFilter(program)
}

func load(s Spec, digest string, arch Arch, o Options) ([]byte, error) {
	if program, ok := embeddedSpec(digest, arch); ok {
		return program, nil
	}
	var c *cache
	key := cacheKey(digest, arch)
	if o.Cache != "" {
		var err error
		if c, err = openCache(o.Cache); err != nil {
			return nil, err
		}
		defer c.close()
		if program, ok := c.get(key); ok {
			return program, nil
		}
	}
	f, err := Compile(s, arch, o.Helper)
	if err != nil {
		return nil, err
	}
	if c != nil {
		// The filter is there; that the next run must make it again is a matter
		// of speed, as on a file system that is full or read-only.
		_ = c.put(key, f.Program)
	}
	return f.Program, nil
}

// Text is a short digest of a policy's filter as it is written. Equal texts
// mean equal filters.
func Text(p policy.Seccomp) [sha256.Size]byte {
	b := make([]byte, 0, 16<<10)
	put := func(s string) { b = append(append(b, s...), 0) }
	list := func(l []string) {
		for _, s := range l {
			put(s)
		}
		b = append(b, 1)
	}
	put(p.Default)
	list(p.Allow)
	list(p.Deny)
	for _, r := range p.Rules {
		list(r.Calls)
		list(r.When)
		put(r.Action)
	}
	return sha256.Sum256(b)
}

func cacheKey(digest string, arch Arch) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{digest, arch.String(), PinnedLibseccomp, format}, "\n")))
	return hex.EncodeToString(sum[:])
}

// compileTime is ample: a filter takes milliseconds.
const compileTime = 10 * time.Second

// Compile makes the program of a spec with the help of judge-seccomp, whose path helper is.
func Compile(s Spec, arch Arch, helper string) (Filter, error) {
	if helper == "" {
		return Filter{}, ErrNoHelper
	}
	l, err := newLayout(s, arch)
	if err != nil {
		return Filter{}, err
	}
	request, err := json.Marshal(l.request())
	if err != nil {
		return Filter{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), compileTime)
	defer cancel()
	var out, diag bytes.Buffer
	cmd := exec.CommandContext(ctx, helper)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &out, &diag
	cmd.Env = []string{} // nothing that could change what libseccomp does
	if err := cmd.Run(); err != nil {
		return Filter{}, fmt.Errorf("%s: %w: %s", helper, err, strings.TrimSpace(diag.String()))
	}
	var a seccomptree.Answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		return Filter{}, fmt.Errorf("answer of %s: %w", helper, err)
	}
	if a.Format != seccomptree.Format {
		return Filter{}, fmt.Errorf("%s answers in format %d, judge knows %d; both must be of one build", helper, a.Format, seccomptree.Format)
	}
	f, err := l.link(a.Program, a.Unknown)
	if err != nil {
		return Filter{}, fmt.Errorf("answer of %s: %w", helper, err)
	}
	return f, nil
}
