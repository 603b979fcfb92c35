package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A Difference is a key that two policies do not have alike.
type Difference struct {
	Key string // "limits.memory"

	// A and B are the values as TOML, or "unlimited"; for a list only what the
	// other policy's list lacks, joined by ", ".
	A, B string
}

// Diff gives the keys in which two policies differ, in the order of
// [Policy.TOML]. Policies with the same digest have none.
func Diff(a, b Policy) []Difference {
	var all []Difference
	for i := range keys {
		k := &keys[i]
		if k.isList() {
			itemsA, itemsB := k.items(&a), k.items(&b)
			onlyA, onlyB := missing(itemsA, itemsB), missing(itemsB, itemsA)
			if onlyA != "" || onlyB != "" {
				all = append(all, Difference{k.path(), onlyA, onlyB})
			} else if !slices.Equal(itemsA, itemsB) { // rules in another order
				all = append(all, Difference{k.path(), strings.Join(itemsA, ", "), strings.Join(itemsB, ", ")})
			}
			continue
		}
		if va, vb := k.value(&a), k.value(&b); va != vb {
			all = append(all, Difference{k.path(), va, vb})
		}
	}
	return all
}

// items writes each element of a list as TOML.
func (k *key) items(p *Policy) []string {
	var items []string
	switch ref := k.ref(p).(type) {
	case *[]string:
		return *ref
	case *map[string]string:
		for name, value := range *ref {
			items = append(items, fmt.Sprintf("%s=%s", name, value))
		}
		slices.Sort(items)
	case *[]Bind:
		for _, b := range *ref {
			items = append(items, "{"+string(appendBind(nil, b))+"}")
		}
	case *[]Rule:
		for _, r := range *ref {
			items = append(items, "{"+string(appendRule(nil, r))+"}")
		}
	}
	return items
}

// missing joins the items that are not among others.
func missing(items, others []string) string {
	var only []string
	for _, item := range items {
		if !slices.Contains(others, item) {
			only = append(only, item)
		}
	}
	return strings.Join(only, ", ")
}
