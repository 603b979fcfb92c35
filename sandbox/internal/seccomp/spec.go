package seccomp

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
)

// Spec is a filter in normal form, for every architecture. Two policies that
// mean the same have equal Specs.
type Spec struct {
	Default Action      `json:"default"`
	Calls   []CallRules `json:"calls"` // sorted by name; calls that are not here get Default
}

// CallRules are the rules of one call. The first whose conditions all hold
// decides; the last has no conditions.
type CallRules struct {
	Name  string `json:"name"`
	Rules []Rule `json:"rules"`
}

// Rule gives an action where all conditions hold.
type Rule struct {
	When   []Condition `json:"when,omitempty"`
	Action Action      `json:"action"`
}

// Action is what the filter does with a call, by the spec alone. The compiled
// program does the same, which the tests hold.
func (s Spec) Action(name string, args [6]uint64) Action {
	return decide(s.Rules(name), args)
}

// Rules are those of a call; a single one with the default's action where the
// spec has none of its own.
func (s Spec) Rules(name string) []Rule {
	i := sort.Search(len(s.Calls), func(i int) bool { return s.Calls[i].Name >= name })
	if i < len(s.Calls) && s.Calls[i].Name == name {
		return s.Calls[i].Rules
	}
	return []Rule{{Action: s.Default}}
}

func decide(rules []Rule, args [6]uint64) Action {
next:
	for _, r := range rules {
		for _, c := range r.When {
			if !c.Holds(args) {
				continue next
			}
		}
		return r.Action
	}
	return Kill
}

// Digest is the SHA-256 of the spec's canonical text, in hexadecimal.
func (s Spec) Digest() string {
	sum := sha256.Sum256(s.canonical())
	return hex.EncodeToString(sum[:])
}

// canonical is one line for the default and one a call.
func (s Spec) canonical() []byte {
	b := make([]byte, 0, 12<<10)
	b = append(b, "seccomp spec 1\ndefault "...)
	b = strconv.AppendUint(b, uint64(s.Default), 16)
	for _, c := range s.Calls {
		b = append(append(b, '\n'), c.Name...)
		b = appendRules(append(b, ' '), c.Rules)
	}
	return append(b, '\n')
}

// appendRules writes rules so that equal texts mean equal rules.
func appendRules(b []byte, rules []Rule) []byte {
	for _, r := range rules {
		for i, c := range r.When {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(strconv.AppendInt(append(b, "arg"...), int64(c.Arg), 10), "&0x"...)
			b = append(strconv.AppendUint(b, c.Mask, 16), c.Op...)
			b = strconv.AppendUint(append(b, "0x"...), c.Value, 16)
		}
		if len(r.When) > 0 {
			b = append(b, '?')
		}
		if r.Action == Allow { // nearly all
			b = append(b, '+')
			continue
		}
		b = append(strconv.AppendUint(b, uint64(r.Action), 16), ';')
	}
	return b
}
