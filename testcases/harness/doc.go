// Package harness runs conformance cases: small programs that misbehave, each
// with a header that says how to run it under judge and what must be seen from
// outside. The format is described in testcases/conformance/README.md, the
// additions to it in testcases/hostile/README.md.
//
// Data flows one way:
//
//	file -> header lines -> []Case -> prepared world -> judge -> Outcome -> checks
//
// A Case is one word of @each of one file. A Session holds what all cases
// share: the binary under test, its report schema, the directory of built
// programs and a random token that is part of every program's file name, by
// which a process that is left behind can be found again. A Session is a child
// subreaper, so that whatever judge orphans becomes a child of the harness.
//
// Cases run one after the other: they measure time, and what is left behind
// afterwards must be attributable to one of them. Other runs of judge on the
// same machine do no harm: see World.
package harness
