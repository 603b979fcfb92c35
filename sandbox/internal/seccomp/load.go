package seccomp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	// Helper finds judge-seccomp: its path, "" if it is not there. It is asked
	// only for a filter that is neither embedded nor cached, which is an error
	// without one. Nil finds nothing.
	Helper func() string
	// WithoutNotices asks for a program that kills the process itself where
	// others hand the call over, for kernels before 5.0.
	WithoutNotices bool
}

// format changes whenever the same spec gives another program.
const format = "2"

// ErrNoHelper says that a filter would have to be compiled and nothing can.
var ErrNoHelper = errors.New("judge-seccomp was not found; it belongs beside judge")

// Load gives the program for a spec: embedded, cached, or made by the helper.
// An error of the cache other than a failed write is returned: a directory that
// others can write to is not to be used, nor silently passed by.
func Load(s Spec, arch Arch, o Options) (Filter, error) {
	digest := s.Digest()
	if program, ok := embeddedSpec(digest, arch); ok {
		return o.filter(program), nil
	}
	return o.cached("spec", digest, arch, func() (Filter, error) { return Compile(s, arch, o.helper()) })
}

// LoadPolicy is Resolve and Load in one. A filter that is embedded, or that the
// cache has from before, is found without resolving it.
func LoadPolicy(p policy.Seccomp, arch Arch, o Options) (Filter, error) {
	text := Text(p)
	if program, ok := embeddedText(text, arch); ok {
		return o.filter(program), nil
	}
	return o.cached("text", hex.EncodeToString(text[:]), arch, func() (Filter, error) {
		s, err := Resolve(p)
		if err != nil {
			return Filter{}, err
		}
		digest := s.Digest()
		if program, ok := embeddedSpec(digest, arch); ok {
			return newFilter(program), nil
		}
		return Compile(s, arch, o.helper())
	})
}

// cached gives the program of that kind and digest from the cache, or has it
// made and puts it there.
func (o Options) cached(kind, digest string, arch Arch, produce func() (Filter, error)) (f Filter, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("filter of system calls: %w", err)
		}
	}()
	if o.Cache == "" {
		if f, err = produce(); err != nil {
			return Filter{}, err
		}
		return o.filter(f.Program), nil
	}
	c, err := openCache(o.Cache)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return Filter{}, err
	}
	key := cacheKey(kind, digest, arch)
	if !missing {
		defer c.close()
		if program, ok := c.get(key); ok {
			return o.filter(program), nil
		}
	}
	if f, err = produce(); err != nil {
		return Filter{}, err // and nothing was made, not even the cache
	}
	if missing {
		if c = makeCache(o.Cache); c != nil {
			defer c.close()
		}
	}
	if c != nil {
		// The filter is there; that the next run must make it again is a matter
		// of speed, as on a file system that is full or read-only.
		_ = c.put(key, f.Program)
	}
	return o.filter(f.Program), nil
}

// makeCache gives nil where none can be made: that is a matter of speed, too.
func makeCache(path string) *cache {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil
	}
	c, err := openCache(path)
	if err != nil {
		return nil
	}
	return c
}

func (o Options) helper() string {
	if o.Helper == nil {
		return ""
	}
	return o.Helper()
}

// filter takes program over.
func (o Options) filter(program []byte) Filter {
	if o.WithoutNotices {
		withoutNotices(program)
	}
	return newFilter(program)
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

// cacheKey is the name of a program in the cache. The pinned libseccomp stands
// in it for the one that the helper has, which judge cannot know without
// starting it; a judge that expects another release makes its filters anew.
func cacheKey(kind, digest string, arch Arch) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{kind, digest, arch.String(), PinnedLibseccomp, format}, "\n")))
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
	a, err := l.tree(helper)
	if err != nil {
		return Filter{}, err
	}
	f, err := l.link(a.Program, a.Unknown)
	if err != nil {
		return Filter{}, fmt.Errorf("answer of %s: %w", helper, err)
	}
	return f, nil
}

// tree asks judge-seccomp.
func (l layout) tree(helper string) (a seccomptree.Answer, err error) {
	request, err := json.Marshal(l.request())
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), compileTime)
	defer cancel()
	var out, diag bytes.Buffer
	cmd := exec.CommandContext(ctx, helper)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &out, &diag
	cmd.Env = []string{} // nothing that could change what libseccomp does
	if err := cmd.Run(); err != nil {
		return a, fmt.Errorf("%s: %w: %s", helper, err, strings.TrimSpace(diag.String()))
	}
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		return a, fmt.Errorf("answer of %s: %w", helper, err)
	}
	if a.Format != seccomptree.Format {
		return a, fmt.Errorf("%s answers in format %d, judge knows %d; both must be of one build", helper, a.Format, seccomptree.Format)
	}
	return a, nil
}
