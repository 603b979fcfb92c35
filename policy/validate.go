package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Check says what is wrong with a policy that was made or changed by hand: all
// of it, as [FileErrors] without places. A policy from [Load] needs no check.
// Zero values are "not set" and always right. It asks nothing of the host:
// whether a source, a core or a system call is there shows when a run is planned.
func (p Policy) Check() error {
	var issues []issue
	for i := range keys {
		issues = append(issues, keys[i].checkField(&p)...)
	}
	if p.Limits.Memory != 0 && p.Limits.MemoryPercent != 0 {
		issues = append(issues, issue{path: "limits.memory", problem: *wrong("is both a size, %s, and a share, %d%%", p.Limits.Memory, p.Limits.MemoryPercent)})
	}
	issues = append(issues, checkTogether(&p, &p)...)
	if len(issues) == 0 {
		return nil
	}
	errs := make(FileErrors, len(issues))
	for i, is := range issues {
		errs[i] = &FileError{Key: is.path, Msg: is.message(), Hint: is.hint, Err: is.err}
	}
	return errs
}

// checkField checks the value of one key.
func (k *key) checkField(p *Policy) []issue {
	path := k.path()
	switch ref := k.ref(p).(type) {
	case *[]string:
		return checkStrings(path, *ref, k.check)
	case *map[string]string:
		return checkMap(path, *ref, k.check)
	case *[]Bind:
		return checkEach(path, *ref, checkBind)
	case *[]Rule:
		return checkEach(path, *ref, checkRule)
	default:
		if pr := k.checkScalar(ref); pr != nil {
			return []issue{{path: path, problem: *pr}}
		}
		return nil
	}
}

func (k *key) checkScalar(ref any) *problem {
	number, shown := 0.0, ""
	switch ref := ref.(type) {
	case *string:
		if *ref == "" {
			return nil
		}
		return k.checkString(*ref)
	case *bool:
		return nil
	case *int:
		return k.bounds(float64(*ref), strconv.Itoa(*ref))
	case *int64:
		number, shown = float64(*ref), strconv.FormatInt(*ref, 10)
	case *float64:
		number, shown = *ref, strconv.FormatFloat(*ref, 'g', -1, 64)
	case *time.Duration:
		number, shown = float64(*ref), formatDuration(*ref)
	case *Bytes:
		number, shown = float64(*ref), ref.String()
	case memoryRef:
		if *ref.percent < 0 || *ref.percent > 100 {
			return wrong("%d%% is no share of the host's memory", *ref.percent)
		}
		number, shown = float64(*ref.bytes), ref.bytes.String()
	}
	if number == 0 || number == float64(k.none) {
		return nil
	}
	return k.bounds(number, shown)
}

func checkStrings(path string, list []string, check func(string) *problem) []issue {
	var issues []issue
	for i, s := range list {
		if pr := check(s); pr != nil {
			issues = append(issues, issue{path: fmt.Sprintf("%s[%d]", path, i), problem: *pr})
		}
	}
	return issues
}

func checkMap(path string, m map[string]string, check func(string) *problem) []issue {
	var issues []issue
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pr := check(name)
		if pr == nil {
			pr = checkText(m[name])
		}
		if pr != nil {
			issues = append(issues, issue{path: joinPath(path, name), problem: *pr})
		}
	}
	return issues
}

func checkEach[T any](path string, list []T, check func(string, T) []issue) []issue {
	var issues []issue
	for i, v := range list {
		issues = append(issues, check(fmt.Sprintf("%s[%d]", path, i), v)...)
	}
	return issues
}

// checkTogether checks what keys say together. level is what one file or caller
// added to the lists, whose indexes the issues name; p is the whole policy.
func checkTogether(p, level *Policy) []issue {
	var issues []issue
	add := func(path string, pr *problem) {
		issues = append(issues, issue{path: path, problem: *pr})
	}
	for i, call := range level.Seccomp.Allow {
		if slices.Contains(level.Seccomp.Deny, call) {
			add(fmt.Sprintf("seccomp.allow[%d]", i), wrong("%q is also in seccomp.deny", call).hinted("take it out of one of them"))
		}
	}
	for i, b := range level.Filesystem.Bind {
		for j := range i {
			if level.Filesystem.Bind[j].Target == b.Target {
				add(fmt.Sprintf("filesystem.bind[%d].target", i), wrong("%q is also the target of filesystem.bind[%d]", b.Target, j))
				break
			}
		}
	}
	if pr := checkGateway(p.Network.Bridge); pr != nil {
		add("network.bridge.gateway", pr)
	}
	return issues
}
