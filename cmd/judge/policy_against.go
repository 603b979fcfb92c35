package main

import (
	"fmt"
	"os"
	"strings"

	"judge/policy"
)

// compare says what the program needs that a policy does not have, and what of
// the policy it does not need; more is true for the first.
func (l *lesson) compare() (more bool, err error) {
	needs, unused, err := l.record.Against(l.have.Seccomp)
	if err != nil {
		return false, err
	}
	var b strings.Builder
	for _, n := range needs {
		fmt.Fprintf(&b, "+ %s: %s, %s\n", n.Call, n.Want, hasNow(n.Has, n.Count))
	}
	tight := l.tight()
	for _, line := range tight {
		fmt.Fprintf(&b, "+ %s\n", line)
	}
	listUnused(&b, unused)
	more = len(needs)+len(tight) > 0
	switch {
	case more:
		fmt.Fprintf(&b, "%s: the program needs more than this policy allows", l.held)
	case len(unused) > 0:
		fmt.Fprintf(&b, "%s: the program needs no more than this policy allows, and less", l.held)
	default:
		fmt.Fprintf(&b, "%s: the program needs what this policy allows", l.held)
	}
	if l.learn.out == l.held && !l.learn.force && (more || len(unused) > 0) {
		b.WriteString(" (--force writes it anew)")
	}
	b.WriteString("\n")
	_, err = os.Stdout.WriteString(b.String())
	return more, err
}

// listUnused writes calls together, and conditions a line each.
func listUnused(b *strings.Builder, unused []string) {
	var calls []string
	for _, entry := range unused {
		if !strings.Contains(entry, " ") {
			calls = append(calls, entry)
		}
	}
	if len(calls) > 0 {
		b.WriteString("- no longer used:\n")
		wrap(b, "-     ", calls)
	}
	for _, entry := range unused {
		if strings.Contains(entry, " ") {
			fmt.Fprintf(b, "- no longer used: %s\n", entry)
		}
	}
}

func hasNow(has string, count int64) string {
	if count == 0 {
		return "this policy has " + has
	}
	if count == 1 {
		return "once; this policy has " + has
	}
	return fmt.Sprintf("%d times; this policy has %s", count, has)
}

// tight are the limits that the program went past. Time is not among them: it
// runs slower while it is recorded.
func (l *lesson) tight() []string {
	var lines []string
	have := l.have.Limits
	if have.Memory > 0 && policy.Bytes(l.used.Memory) > have.Memory {
		lines = append(lines, fmt.Sprintf("limits.memory: %v used; this policy has %v", policy.Bytes(l.used.Memory), have.Memory))
	}
	if have.Pids > 0 && l.used.Pids > have.Pids {
		lines = append(lines, fmt.Sprintf("limits.pids: %d used; this policy has %d", l.used.Pids, have.Pids))
	}
	return lines
}
