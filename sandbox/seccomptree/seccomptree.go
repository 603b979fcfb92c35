// Package seccomptree holds the two messages between judge and judge-seccomp,
// which builds with libseccomp what judge builds without cgo into a filter.
//
// judge writes a Request as JSON to the helper's standard input and reads an
// Answer as JSON from its standard output. A helper that fails writes one line
// to standard error and exits with 1.
package seccomptree

// Format changes with the messages' meaning. Both sides must have the same.
const Format = 1

// Request asks for the tree of decisions over architecture and call number.
// Its leaves return SECCOMP_RET_TRACE with one of the numbers below as data, a
// placeholder for what judge then puts there.
type Request struct {
	Format  int    `json:"format"`
	Arch    string `json:"arch"`    // as uname -m: "x86_64", "aarch64"
	Default uint16 `json:"default"` // for calls that are not in Calls
	Foreign uint16 `json:"foreign"` // for other architectures, and x32
	Calls   []Call `json:"calls"`
}

// Call is one call's leaf.
type Call struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
	Leaf   uint16 `json:"leaf"`
}

// Answer is the tree.
type Answer struct {
	Format     int      `json:"format"`
	Libseccomp string   `json:"libseccomp"` // the release that made it, "2.5.4"
	Program    []byte   `json:"program"`    // an array of struct sock_filter
	Unknown    []string `json:"unknown"`    // calls that this release does not know on this architecture
}
