package farm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"judge/judge"
	"judge/policy"
)

// Terms are what a batch asks of the engines that grade it: those of [judge.Options] that say
// how, and not where.
type Terms struct {
	Policy   string `json:"policy,omitempty"` // a built-in one; "" is each language's
	Rootfs   string `json:"rootfs,omitempty"` // of the store; "" is the policies'
	Language string `json:"language,omitempty"`
	AllCases bool   `json:"all_cases,omitempty"`
	Fresh    bool   `json:"fresh,omitempty"`    // no result comes out of a worker's result cache
	NoCache  bool   `json:"no_cache,omitempty"` // nor what was compiled out of its compile cache

	roots map[string]judge.Root // where this machine has those of the batch; nil is the store
}

// TermsOf are the terms of an engine with these options. A cache without a directory is not used.
func TermsOf(o judge.Options) Terms {
	return Terms{Policy: o.Policy, Rootfs: o.Rootfs, Language: o.Language, AllCases: o.AllCases, Fresh: o.Results == "", NoCache: o.Cache == ""}
}

// key tells terms apart.
func (t Terms) key() (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("read the terms: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(t.roots)) {
		text = fmt.Appendf(text, " %q %q", name, t.roots[name])
	}
	return string(text), nil
}

// apply puts terms into options. A cache that those do not have is not made.
func (t Terms) apply(o *judge.Options) {
	o.Policy, o.Rootfs, o.Language, o.AllCases, o.Roots = t.Policy, t.Rootfs, t.Language, t.AllCases, t.roots
	if t.Fresh || t.NoCache {
		o.Results = ""
	}
	if t.NoCache {
		o.Cache = ""
	}
}

// check refuses terms that name something on a disk: of the submitter's other machines know
// nothing, and of theirs they let nobody choose.
func (t Terms) check() error {
	if _, builtin := policy.Builtin(strings.TrimSuffix(t.Policy, ".toml")); t.Policy != "" && (!builtin || strings.ContainsRune(t.Policy, '/')) {
		return &Refusal{What: fmt.Sprintf("the policy %s is a file of one machine", t.Policy), Hint: "for many machines name a built-in policy: judge policy list"}
	}
	if strings.ContainsRune(t.Rootfs, '/') {
		return &Refusal{What: fmt.Sprintf("the rootfs %s is a directory of one machine", t.Rootfs), Hint: "import it under a name: judge rootfs import; workers fetch it"}
	}
	return nil
}
