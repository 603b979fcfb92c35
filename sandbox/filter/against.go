package filter

import (
	"slices"
	"strings"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// A Need is a recorded call that a filter does not answer as the program needs it.
type Need struct {
	Call  string // as in [Change]
	Has   string // what the filter does
	Want  string // what the program had
	Count int64
}

// Against says what the recorded runs needed that a filter does not have, and
// which of its entries they did not need. The filter must be one of those that
// the recording was made for.
func (r *Recording) Against(p policy.Seccomp) (needs []Need, unused []string, err error) {
	spec, err := seccomp.Resolve(p)
	if err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	used := map[string][]bool{} // of each call's rules, whether they were met
	for p, n := range r.seen {
		want := r.base.Action(p.name, p.args)
		rules := spec.Rules(p.name)
		i := which(rules, p.args)
		if used[p.name] == nil {
			used[p.name] = make([]bool, len(rules))
		}
		used[p.name][i] = true
		if has := rules[i].Action; !enough(has, want) {
			if want == seccomp.Kill || want == seccomp.Log {
				want = seccomp.Allow
			}
			needs = append(needs, Need{r.text(p), has.String(), want.String(), n})
		}
	}
	if has := spec.Action("exit_group", [6]uint64{}); !enough(has, seccomp.Allow) {
		needs = append(needs, Need{Call: "exit_group", Has: has.String(), Want: "allow"})
	}
	slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Call, b.Call) })
	return needs, r.unusedOf(spec, used), nil
}

// enough says whether a filter's action serves a program that had an answer. A
// call that was refused may be allowed, or be refused with another error.
func enough(has, had seccomp.Action) bool {
	if _, refused := had.Errno(); refused {
		return has != seccomp.Kill
	}
	return has == seccomp.Allow || has == seccomp.Log
}

// unusedOf are the entries of a filter that no recorded call met, less those
// that every learnt filter has.
func (r *Recording) unusedOf(spec seccomp.Spec, used map[string][]bool) []string {
	always := map[string]bool{}
	for _, l := range r.lessons() {
		always[l.call] = true
	}
	var unused []string
	for _, c := range spec.Calls {
		met := used[c.Name]
		if met == nil && always[c.Name] {
			continue
		}
		for i, rule := range c.Rules {
			if !enough(rule.Action, seccomp.Allow) || met != nil && met[i] {
				continue
			}
			if met == nil {
				unused = append(unused, c.Name)
				break
			}
			if len(rule.When) > 0 {
				unused = append(unused, c.Name+" where "+conditionText(c.Name, rule.When))
			}
		}
	}
	return unused
}
