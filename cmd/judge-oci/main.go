// Command judge-oci does judge oci: it reads a bundle of the OCI runtime
// specification and has judge run it. judge starts it by name, and it starts
// judge: what runs is judge run, with a policy made of the bundle.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/oci"
	"judge/policy"
)

const usage = "judge oci run [FLAG...] BUNDLE"

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "oci" { // as judge starts it
		args = args[1:]
	}
	os.Exit(cli.Conclude(dispatch(args)))
}

func dispatch(args []string) (int, error) {
	switch {
	case len(args) == 0 || slices.Contains([]string{"--help", "-h", "help"}, args[0]):
		fmt.Print(usage + `

Runs what config.json of the directory BUNDLE says, in a sandbox of judge's, and reports as judge run does. The flags are
those of judge run, but for --policy and --rootfs; they come after the bundle's own settings. What judge does otherwise, and more
strictly, than the bundle has it is listed first (not with --quiet); what it cannot do is an error.
`)
		return 0, nil
	case args[0] != "run":
		return 0, &cli.UsageError{What: fmt.Sprintf("judge oci has no command %q", args[0]), Hint: usage}
	case len(args) > 1 && (args[1] == "--help" || args[1] == "-h"):
		return dispatch(nil)
	case len(args) < 2 || strings.HasPrefix(args[len(args)-1], "-"):
		return 0, &cli.UsageError{What: "judge oci run takes a bundle, which comes last", Hint: usage}
	}
	flags := args[1 : len(args)-1]
	if n := len(flags); n > 0 && flags[n-1] == "--" {
		flags = flags[:n-1]
	}
	return run(flags, args[len(args)-1])
}

func run(flags []string, bundle string) (int, error) {
	if err := refuse(flags); err != nil {
		return 0, err
	}
	r, err := oci.Load(bundle)
	if err != nil {
		return 0, refused(bundle, err)
	}
	if !slices.ContainsFunc(flags, func(f string) bool { return f == "--quiet" || hasLetter(f, "q") }) {
		for _, n := range r.Notes {
			fmt.Fprintf(os.Stderr, "judge: note: %s\n", cli.Harmless(n.String()))
		}
	}
	file, err := policyFile(r.Policy)
	if err != nil {
		return 0, err
	}
	argv := append([]string{"judge", "run", "--policy", file, "--inside"}, flags...)
	if r.Terminal {
		argv = append(argv, "--tty")
	}
	argv = append(append(argv, "--"), r.Args...)
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find judge: %w", err)
	}
	judge := filepath.Join(filepath.Dir(self), "judge")
	err = unix.Exec(judge, argv, os.Environ())
	return 0, fmt.Errorf("start %s: %w", judge, err)
}

// refuse finds what would run something else than the bundle: judge run takes the
// last policy that is named, and what is neither flag nor value for the program.
func refuse(flags []string) error {
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		name, _, valued := strings.Cut(f, "=")
		switch {
		case f == "--" || !strings.HasPrefix(f, "-"):
			return &cli.UsageError{What: fmt.Sprintf("judge oci run takes one bundle, which comes last, got %q too", f), Hint: usage}
		case name == "--policy" || name == "--rootfs" || hasLetter(f, "p"):
			return &cli.UsageError{What: name + ": the bundle says that", Hint: "leave it out"}
		}
		long, is := strings.CutPrefix(name, "--")
		if !is || valued || slices.Contains(cli.RunSwitches[:], long) {
			continue
		}
		if i++; i == len(flags) {
			return &cli.UsageError{What: f + " has no value, or there is no bundle after it", Hint: usage}
		}
	}
	return nil
}

// hasLetter says whether a word has a short flag, alone or among others (-qp strict, -pstrict).
func hasLetter(word, letter string) bool {
	letters, _, _ := strings.Cut(word, "=")
	return strings.HasPrefix(letters, "-") && !strings.HasPrefix(letters, "--") && strings.Contains(letters, letter)
}

// refused makes what is wrong with a bundle the caller's fault, a line each.
func refused(bundle string, err error) error {
	var list oci.Errors
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &cli.UsageError{What: err.Error(), Hint: "a bundle is a directory with a config.json: see runc spec"}
	case errors.As(err, &list):
		return &cli.UsageError{What: bundle + " cannot be run:\n" + err.Error(), Hint: "leave that out of the bundle, or run it with a runtime that can do it"}
	}
	return &cli.UsageError{What: fmt.Sprintf("%s cannot be run: %v", bundle, err), Hint: "see the OCI runtime specification, config.md"}
}

// policyFile is a file without a name that judge, which takes this process's
// place, reads: it may hold what the bundle's environment does.
func policyFile(p policy.Policy) (string, error) {
	fd, err := unix.MemfdCreate("oci", 0)
	if err != nil {
		return "", fmt.Errorf("memfd_create: %w", err)
	}
	name := "/proc/self/fd/" + strconv.Itoa(fd)
	if err := os.WriteFile(name, []byte(p.TOML()), 0o600); err != nil {
		return "", fmt.Errorf("write the bundle's policy: %w", err)
	}
	return name, nil
}
