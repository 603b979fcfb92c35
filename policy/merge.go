package policy

import (
	"maps"
	"slices"
)

// isList says whether levels add to the key, where they replace others.
func (k *key) isList() bool {
	switch k.ref(new(Policy)).(type) {
	case *[]string, *map[string]string, *[]Bind, *[]Rule:
		return true
	}
	return false
}

// clone copies a policy with all that it refers to.
func (p Policy) clone() Policy {
	p.Filesystem.Bind = slices.Clone(p.Filesystem.Bind)
	p.Network.Bridge.Allow = slices.Clone(p.Network.Bridge.Allow)
	p.Network.Bridge.Groups = slices.Clone(p.Network.Bridge.Groups)
	p.Environment.Set = maps.Clone(p.Environment.Set)
	p.Environment.Pass = slices.Clone(p.Environment.Pass)
	p.Seccomp.Allow = slices.Clone(p.Seccomp.Allow)
	p.Seccomp.Deny = slices.Clone(p.Seccomp.Deny)
	p.Seccomp.Rules = slices.Clone(p.Seccomp.Rules)
	return p
}

// merge adds the lists of a later level to those of the earlier ones, in next.
//
// A later level has the last word: what it allows is no longer denied and the
// other way round, its rules come first, its bind hides one of the same
// target, and a variable that it sets or passes is no longer passed or set.
// Lists whose order has no meaning are sorted, so that a policy's digest does
// not depend on how it was put together.
func merge(next, level *Policy) {
	mergeEnvironment(&next.Environment, &level.Environment)
	mergeSeccomp(&next.Seccomp, &level.Seccomp)
	b := &next.Network.Bridge
	b.Allow = union(b.Allow, level.Network.Bridge.Allow)
	b.Groups = union(b.Groups, level.Network.Bridge.Groups)
	for _, bind := range level.Filesystem.Bind {
		next.Filesystem.Bind = append(slices.DeleteFunc(next.Filesystem.Bind, func(old Bind) bool {
			return old.Target == bind.Target
		}), bind)
	}
}

func mergeEnvironment(next, level *Environment) {
	for _, name := range level.Pass {
		delete(next.Set, name)
	}
	if len(level.Set) > 0 && next.Set == nil {
		next.Set = make(map[string]string)
	}
	maps.Copy(next.Set, level.Set)
	next.Pass = slices.DeleteFunc(union(next.Pass, level.Pass), func(name string) bool {
		_, set := next.Set[name]
		return set
	})
	if len(next.Pass) == 0 {
		next.Pass = nil
	}
	if len(next.Set) == 0 {
		next.Set = nil
	}
}

func mergeSeccomp(next, level *Seccomp) {
	next.Allow = union(without(next.Allow, level.Deny), level.Allow)
	next.Deny = union(without(next.Deny, level.Allow), level.Deny)
	if len(level.Rules) > 0 {
		next.Rules = append(slices.Clone(level.Rules), next.Rules...)
	}
}

// without gives the names of a list that are not in the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return slices.Contains(other, s) })
}

// union gives the names of both lists, sorted, each once; nil if there are none.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
