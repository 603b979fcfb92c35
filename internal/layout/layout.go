// Package layout holds the rules of who may import whom, as tests. There is
// nothing in it to import.
//
// Data flows one way, policy -> plan -> spawn -> supervise -> report -> verdict,
// and so do imports: see tiers and rules in layout_test.go, each with its reason.
package layout
