package judge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"judge/judge/language"
	"judge/judge/problem"
	"judge/policy"
	"judge/store"
)

// A Record remembers how the cases of one submission were judged. Its functions are
// called by several goroutines at once.
type Record interface {
	// Known is how a case was judged before; then it is not judged again.
	Known(name string) (CaseResult, bool)

	// Judged is told of each case that was judged, and not known: also of those begun
	// ahead that the verdict then does not need. No JE is among them. An error ends the
	// submission.
	Judged(CaseResult) error
}

// recorded judges a case, unless the record knows how it was judged.
func (t *trial) recorded(ctx context.Context, c *problem.Case) (CaseResult, error) {
	if t.record == nil {
		return t.remembered(ctx, c)
	}
	if r, known := t.record.Known(c.Name); known {
		return r, nil
	}
	r, err := t.remembered(ctx, c)
	if err == nil && r.Verdict != problem.JE {
		err = t.record.Judged(r)
	}
	return r, err
}

// remembered judges a case, unless the result cache has it.
func (t *trial) remembered(ctx context.Context, c *problem.Case) (CaseResult, error) {
	if t.past == nil {
		return t.judgeCase(ctx, c)
	}
	key, r, found := t.past.of(c)
	if found {
		return r, nil
	}
	r, err := t.judgeCase(ctx, c)
	if err == nil && key != "" && t.keepable(r) {
		t.past.add(key, r)
	}
	return r, err
}

// A Fact is one of those that results rest on.
type Fact struct {
	What  string `json:"what"`  // for people: "rootfs contest"
	Value string `json:"value"` // a digest mostly
}

// FactProcessor is the one of [Engine.Basis] that differs between machines, though all else is the same.
const FactProcessor = "processor"

// BasisOf is [Engine.Basis] of an engine with such options, without making one: nothing
// is left on the disk, and nobody need be root.
func BasisOf(opts Options) ([]Fact, error) {
	if opts.Languages == nil {
		opts.Languages = language.Builtin()
	}
	e := &Engine{opts: opts, base: map[string]policy.Policy{}, host: ThisHost()}
	if err := e.loadPolicies(); err != nil {
		return nil, err
	}
	return e.Basis()
}

// Basis lists what all results of the engine rest on, whatever problem and submission:
// with another one, an earlier result says nothing about a new one. The host's own files,
// where they are the rootfs, have no digest, and are not in it.
func (e *Engine) Basis() ([]Fact, error) {
	list := []Fact{
		{"judge's version", e.opts.Version},
		{FactProcessor, e.host.Arch + " " + e.host.CPU},
		{"--language", e.opts.Language},
		{"--policy", e.opts.Policy}, // which of those below
		{"--all-cases", fmt.Sprint(e.opts.AllCases)},
		{"languages (--presets)", e.languagesDigest()},
	}
	rootfs := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(e.base)) {
		p := e.base[name]
		list = append(list, Fact{"policy " + name, p.Digest()})
		if name := p.Filesystem.Rootfs; name != "" && name != "host" && rootfs[name] == "" {
			digest, err := e.rootfsDigest(name)
			if err != nil {
				return nil, err
			}
			rootfs[name] = digest
			list = append(list, Fact{"rootfs " + name, digest})
		}
	}
	return list, nil
}

// languagesDigest is that of all that a language says.
func (e *Engine) languagesDigest() string {
	h := sha256.New()
	for _, l := range e.opts.Languages.All() {
		fmt.Fprintf(h, "%+v\n", *l)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// rootfsDigest is that of a root file system of the store; of a directory it is its
// name, for nobody knows what is in it.
func (e *Engine) rootfsDigest(name string) (string, error) {
	if root, elsewhere := e.opts.Roots[name]; elsewhere {
		return root.Digest, nil
	}
	if strings.ContainsRune(name, '/') {
		return name, nil
	}
	dir, err := store.Dir()
	if err != nil {
		return "", fmt.Errorf("find the rootfs %s: %w", name, err)
	}
	held, err := store.Hold(dir, name)
	if err != nil {
		return "", fmt.Errorf("find the rootfs %s: %w", name, err)
	}
	digest := held.Digest
	return digest, held.Close()
}
