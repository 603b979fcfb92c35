// Package programs holds ordinary programs, and the test that they work
// unchanged in judge.
//
// Each folder is one of them:
//
//	run      a script that judge runs with bash, in a box that starts with the folder's
//	         contents. Its second line, a comment, tells what it does.
//	build    if there, prepares the box outside: what is built there is run as it is.
//	want     what run prints
//
// Further comment lines at the head of run name flags that it needs under a
// policy whose limits are too low for it, as "# strict: --cpu-time 2m".
//
// The test runs each under the policies default, compile and strict. Under the
// first two it must work. What came of it is the table in README.md, which the
// test compares, and writes anew with
//
//	go test ./testcases/programs -update
//
// A new program is a new folder, and the package that it comes from is installed by
// the group "test" of tools/setup.
package programs
