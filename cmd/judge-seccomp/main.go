// Command judge-seccomp builds with libseccomp the tree of decisions of a
// filter of system calls; package seccomptree has the messages. judge starts it
// by name for a filter that is neither built in nor cached, so that judge
// itself needs no cgo.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"judge/sandbox/seccomptree"
)

const usage = `usage: judge-seccomp < REQUEST > ANSWER
       judge-seccomp --version

Builds a filter of system calls for judge, which starts it by itself.
`

// maxRequest is far above the largest filter that the kernel takes.
const maxRequest = 1 << 20

func main() {
	os.Exit(command(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command is the program; its result is the exit status.
func command(args []string, in io.Reader, out, diag io.Writer) int {
	var err error
	switch {
	case len(args) == 0:
		err = serve(in, out)
	case len(args) == 1 && args[0] == "--version":
		_, err = fmt.Fprintln(out, "judge-seccomp format", seccomptree.Format, "libseccomp", libseccompVersion())
	case len(args) == 1 && (args[0] == "--help" || args[0] == "-h"):
		_, err = io.WriteString(out, usage)
	default:
		fmt.Fprint(diag, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintln(diag, "judge-seccomp:", err)
		return 1
	}
	return 0
}

// serve answers one request.
func serve(in io.Reader, out io.Writer) error {
	d := json.NewDecoder(io.LimitReader(in, maxRequest))
	d.DisallowUnknownFields()
	var r seccomptree.Request
	if err := d.Decode(&r); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if r.Format != seccomptree.Format {
		return fmt.Errorf("request of format %d, this is %d: judge and judge-seccomp must be of one build", r.Format, seccomptree.Format)
	}
	a, err := build(r)
	if err != nil {
		return fmt.Errorf("libseccomp %s: %w", libseccompVersion(), err)
	}
	return json.NewEncoder(out).Encode(a)
}
