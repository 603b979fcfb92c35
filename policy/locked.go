package policy

import (
	"slices"
	"strings"
	"time"
)

// loosenings gives an issue for each key that a file has loosened against the
// locked policy that it extends.
func loosenings(base, next *Policy) []issue {
	var issues []issue
	for i := range keys {
		k := &keys[i]
		if !k.loosens(base, next) {
			continue
		}
		err := &LockedError{Policy: base.Name, Key: k.path(), Have: k.shown(base), Asked: k.shown(next)}
		issues = append(issues, issue{path: k.path(), atKey: true, named: true, problem: problem{msg: err.Error()}, err: err})
	}
	return issues
}

// loosens says whether a key gives a run more in next than in base, or might:
// what cannot be compared without knowing the host counts as more.
func (k *key) loosens(base, next *Policy) bool {
	old, now := k.ref(base), k.ref(next)
	switch k.lock {
	case lockFree:
		return false
	case lockSame, lockFalse, lockTrue, lockChoice:
		return k.loosensScalar(old, now)
	case lockLess:
		return moreThan(old, now)
	case lockNoMore:
		return addsTo(old, now)
	case lockNoLess:
		return addsTo(now, old)
	}
	return k.loosensSpecially(base, next)
}

func (k *key) loosensScalar(old, now any) bool {
	switch old := old.(type) {
	case *bool:
		now := *now.(*bool)
		switch k.lock {
		case lockFalse:
			return now && !*old
		case lockTrue:
			return !now && *old
		}
		return now != *old
	case *int:
		return *now.(*int) != *old
	case *string:
		now := *now.(*string)
		if k.lock == lockChoice {
			return slices.Index(k.choices, now) > slices.Index(k.choices, *old)
		}
		return now != *old
	}
	return true
}

// moreThan says whether a limit has grown; zero is none.
func moreThan(old, now any) bool {
	grown := func(old, now float64) bool { return old != 0 && (now == 0 || now > old) }
	switch old := old.(type) {
	case *time.Duration:
		return grown(float64(*old), float64(*now.(*time.Duration)))
	case *Bytes:
		return grown(float64(*old), float64(*now.(*Bytes)))
	case *int64:
		return grown(float64(*old), float64(*now.(*int64)))
	case *float64:
		return grown(*old, *now.(*float64))
	}
	return true
}

// addsTo says whether now holds something that old does not.
func addsTo(old, now any) bool {
	switch old := old.(type) {
	case *[]string:
		return !subset(*now.(*[]string), *old)
	case *[]Bind:
		return !subset(*now.(*[]Bind), *old)
	}
	return true
}

func subset[T comparable](list, of []T) bool {
	for _, v := range list {
		if !slices.Contains(of, v) {
			return false
		}
	}
	return true
}

// loosensSpecially compares the keys that no simple rule fits.
func (k *key) loosensSpecially(base, next *Policy) bool {
	switch k.path() {
	case "limits.wall_time":
		old, now := base.Wall(), next.Wall()
		return old != 0 && (now == 0 || now > old)
	case "limits.memory":
		return moreMemory(base.Limits, next.Limits)
	case "limits.cpuset":
		return moreCores(base.Limits.CPUSet, next.Limits.CPUSet)
	case "network.mode":
		return next.Network.Mode != base.Network.Mode && next.Network.Mode != "none"
	case "seccomp.default":
		return strictness(next.Seccomp.Default) < strictness(base.Seccomp.Default)
	case "seccomp.rules":
		return moreRules(base.Seccomp.Rules, next.Seccomp.Rules)
	}
	return true
}

// moreMemory compares sizes with sizes and shares with shares; only the host
// could compare one with the other.
func moreMemory(old, now Limits) bool {
	switch {
	case old.Memory != 0:
		return now.Memory == 0 || now.Memory > old.Memory
	case old.MemoryPercent != 0:
		return now.Memory != 0 || now.MemoryPercent == 0 || now.MemoryPercent > old.MemoryPercent
	}
	return false
}

// moreCores says whether a list of cores is not part of another.
func moreCores(old, now string) bool {
	if old == "" || old == now {
		return false
	}
	allowed, bad1 := parseCPUSet(old)
	asked, bad2 := parseCPUSet(now)
	if bad1 != nil || bad2 != nil { // "auto", or no limit
		return true
	}
	var have [maxCPU + 1]bool
	for _, r := range allowed {
		for n := r[0]; n <= r[1]; n++ {
			have[n] = true
		}
	}
	for _, r := range asked {
		for n := r[0]; n <= r[1]; n++ {
			if !have[n] {
				return true
			}
		}
	}
	return false
}

// strictness orders actions: a call that fails gives less than one that works,
// and one that ends the run gives least.
func strictness(action string) int {
	switch {
	case action == "kill":
		return 3
	case strings.HasPrefix(action, "errno:"):
		return 2
	case action == "log":
		return 1
	}
	return 0
}

// moreRules says whether next has lost a rule or has one before the others
// that does anything but end the run.
func moreRules(old, now []Rule) bool {
	added := len(now) - len(old)
	if added < 0 || !slices.EqualFunc(now[added:], old, equalRules) {
		return true
	}
	return slices.ContainsFunc(now[:added], func(r Rule) bool { return r.Action != "kill" })
}

func equalRules(a, b Rule) bool {
	return a.Action == b.Action && slices.Equal(a.Calls, b.Calls) && slices.Equal(a.When, b.When)
}
