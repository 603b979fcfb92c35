// Package problem reads problem packages: a folder on disk, in any of the
// formats listed at [Format], becomes one [Problem], which says in the same
// words for all formats what is to be run, checked and scored, and what the
// package's own submissions are expected to do.
//
// It reads and decides; it runs nothing and knows nothing of sandboxes.
// Whoever grades needs no format's name: where formats differ in a rule, the
// rule is data ([Rule], [CaseScore], [Expectation], [Limits]).
//
// A package may be hostile. Every path in a Problem is a path of the host with
// its symbolic links resolved, and lies below [Problem.Dir]; a link that leaves
// the package is an error. Between reading and grading the package must not be
// writable by the programs that are graded.
//
// Faults have three forms: an error of [Load] (a package that cannot be graded:
// [Errors], each with a place), a [Warning] (it can, but the author should look),
// and nothing at all for what the format leaves open.
package problem
