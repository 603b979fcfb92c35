// Package judge grades submissions: compiles them once, runs them on every case
// of a problem, has what they wrote checked, and says what that comes to. It is
// the only place that says TLE; the sandbox reports causes.
//
// # Theory of operation
//
// Every program that is not judge's own runs in a sandbox of its own, by
// sandbox.Run: compilers, submissions, checkers, interactors, graders. Between
// two of them nothing passes but files that judge took out of a box when all its
// processes were dead, and, in an interactive problem, bytes that judge handed
// on; or, between a stub of CMS's and its manager, what both write into two FIFOs of
// judge's, which are all that they share.
//
//	problem.Problem + a submission's files
//	    -> compile      files in a box -> compiler -> artefacts, in a directory of judge's
//	    -> run          artefacts in a box, the case as standard input -> a file, a sandbox.Report
//	    -> validate     the file, input and answer -> Checked
//	    -> verdictOf    pure: report + Checked -> a verdict with its reason
//	    -> tally        pure: cases -> groups -> verdict and score of the whole
//	    -> Result
//
// A submission never sees an answer: in its sandbox there are its own artefacts, the
// files that the case names, and the input as an open descriptor. Input and
// answer are bound, read-only, into the sandboxes of checkers.
//
// Three faults are never mixed. The submission's is a verdict. The package's or
// judge's is JE, with the reason; it ends no other submission. The caller's (no
// such file, no such language) is an error before anything starts.
//
// Nothing runs without one of the engine's job tokens, so at most Jobs programs
// run at once, nor before the host has the memory that it may use, beside what the
// runs of all other graders may (sandbox.Admission); each of them leases a core of
// its own, so that no two that are measured share one. The parts of an interactive
// run share one token: they take turns.
package judge
