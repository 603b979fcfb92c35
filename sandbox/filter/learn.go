package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// A lesson is one entry of a learnt filter: a call of the list allow if it has
// no conditions and allows, else a rule.
type lesson struct {
	call   string
	when   []seccomp.Condition
	action seccomp.Action
	count  int64
	note   string
}

func (l lesson) plain() bool { return l.action == seccomp.Allow && len(l.when) == 0 }

func (l lesson) rule() policy.Rule {
	return policy.Rule{Calls: []string{l.call}, When: seccomp.Texts(l.call, l.when), Action: l.action.String()}
}

// lessons are the entries that the recorded calls need, by name.
func (r *Recording) lessons() []lesson {
	byName := map[string][]point{}
	threads := false
	for p := range r.seen {
		byName[p.name] = append(byName[p.name], p)
		threads = threads || p.name == "clone" && p.args[0]&unix.CLONE_THREAD != 0 || p.name == "clone3" && r.allowed("clone3")
	}
	var all []lesson
	for name, points := range byName {
		all = append(all, r.learnCall(name, points)...)
	}
	for _, u := range unseen {
		_, here := seccomp.Number(seccomp.Native(), u.name)
		if byName[u.name] == nil && here && (threads || !u.threads) && r.allowed(u.name) {
			all = append(all, lesson{call: u.name, action: seccomp.Allow, note: u.why})
		}
	}
	slices.SortStableFunc(all, func(a, b lesson) int { return strings.Compare(a.call, b.call) })
	return all
}

// allowed says whether the base allows a call that was not seen. execve and
// exit_group are needed, whatever it says.
func (r *Recording) allowed(name string) bool {
	a := r.base.Action(name, [6]uint64{})
	return name == "execve" || name == "exit_group" || a == seccomp.Allow || a == seccomp.Log
}

// learnCall makes entries of one call's points. It goes along the rules of the
// base that decided them. What the base answered with an error keeps that rule.
// What was made is allowed, where the arguments are of the same class and the
// base's rule holds too, so that no call is allowed for which the base has an
// error. A rule of the base that was not met, and that refuses what would else
// be allowed further down, is kept as well.
func (r *Recording) learnCall(name string, points []point) []lesson {
	rules := r.base.Rules(name)
	met := make([]map[string]*lesson, len(rules)) // by the text of their conditions
	counts := make([]int64, len(rules))
	for _, p := range points {
		i := which(rules, p.args)
		counts[i] += r.seen[p]
		if _, refused := rules[i].Action.Errno(); refused {
			continue
		}
		when := class(p)
		for _, c := range rules[i].When {
			if is, known := implied(c, when); !known || !is {
				when = append(when, c)
			}
		}
		key := conditionText(name, when)
		if met[i] == nil {
			met[i] = map[string]*lesson{}
		}
		l := met[i][key]
		if l == nil {
			l = &lesson{call: name, when: when, action: seccomp.Allow}
			met[i][key] = l
		}
		l.count += r.seen[p]
	}
	return assemble(name, rules, met, counts)
}

// assemble puts the entries of a call into the order of the base's rules.
func assemble(name string, rules []seccomp.Rule, met []map[string]*lesson, counts []int64) []lesson {
	var out []lesson
	for i, rule := range rules {
		_, refused := rule.Action.Errno()
		var here []lesson
		switch {
		case counts[i] > 0 && refused:
			here = []lesson{{name, rule.When, rule.Action, counts[i], "the base's answer"}}
		case counts[i] > 0:
			for _, l := range met[i] {
				if rule.Action == seccomp.Kill {
					l.note = "the base stops it"
				}
				here = append(here, *l)
			}
		case (refused || rule.Action == seccomp.Kill) && len(rule.When) > 0 && covered(rule.When, met[i+1:]):
			here = []lesson{{name, rule.When, rule.Action, 0, "not seen: the base refuses it"}}
		}
		slices.SortFunc(here, func(a, b lesson) int {
			return slices.CompareFunc(a.when, b.when, func(a, b seccomp.Condition) int { return cmp.Compare(a.Value, b.Value) })
		})
		out = append(out, here...)
	}
	return out
}

// which of a call's rules decides: the first whose conditions hold. The last
// has none.
func which(rules []seccomp.Rule, args [6]uint64) int {
	return slices.IndexFunc(rules, func(r seccomp.Rule) bool {
		return !slices.ContainsFunc(r.When, func(c seccomp.Condition) bool { return !c.Holds(args) })
	})
}

// implied says whether a condition is true where others hold, if that can be
// known: one of them gives the value of all the bits that it looks at.
func implied(c seccomp.Condition, when []seccomp.Condition) (is, known bool) {
	for _, w := range when {
		if w.Arg == c.Arg && w.Op == seccomp.Equal && c.Mask&^w.Mask == 0 {
			var args [6]uint64
			args[c.Arg] = w.Value
			return c.Holds(args), true
		}
	}
	return false, false
}

// covered says whether conditions may hold together with those of some entry.
func covered(when []seccomp.Condition, later []map[string]*lesson) bool {
	for _, entries := range later {
		for _, l := range entries {
			apart := slices.ContainsFunc(when, func(c seccomp.Condition) bool {
				is, known := implied(c, l.when)
				return known && !is
			})
			if !apart {
				return true
			}
		}
	}
	return false
}

// Filter is the smallest filter that gives the recorded calls the answers that
// they had.
func (r *Recording) Filter() (policy.Seccomp, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := policy.Seccomp{Default: "kill"}
	for _, l := range r.lessons() {
		if l.plain() {
			s.Allow = append(s.Allow, l.call)
		} else {
			s.Rules = append(s.Rules, l.rule())
		}
	}
	spec, err := seccomp.Resolve(s)
	if err != nil {
		return s, fmt.Errorf("what was learnt is no filter: %w", err)
	}
	for p := range r.seen { // what was learnt is held against what was recorded
		want := r.base.Action(p.name, p.args)
		if _, refused := want.Errno(); !refused {
			want = seccomp.Allow
		}
		if got := spec.Action(p.name, p.args); got != want {
			return s, fmt.Errorf("what was learnt has %v for %s, want %v", got, r.text(p), want)
		}
	}
	return s, nil
}

// text is a point for people.
func (r *Recording) text(p point) string {
	call := seccomp.NewCall(p.name, seccomp.Native(), p.args)
	var args [6]string
	for i := range args {
		if r.looked[p.name]&(1<<i) != 0 {
			args[i] = call.Argument(i)
		}
	}
	return callText(p.name, args)
}
