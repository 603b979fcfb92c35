package grading

import (
	"fmt"
	"io"
	"os"
	"strings"

	"judge/cmd/internal/cli"
	"judge/judge/batch"
	"judge/judge/problem"
)

// list makes a list of submissions of what the command line names; the function lets go
// of what it holds.
func (o *options) list(names []string) (batch.Items, func(), error) {
	nothing := func() {}
	var expected []string
	if o.expect != "" {
		expected = strings.Split(o.expect, ",")
	}
	if _, err := batch.Expectation(expected, "--expect"); err != nil {
		return nil, nothing, err
	}
	problems, submissions := split(names)
	switch {
	case o.manifest == "" && (len(problems) == 0 || len(submissions) == 0):
		return nil, nothing, &cli.UsageError{What: fmt.Sprintf("judge %s takes problems and submissions", o.command), Hint: o.usageText}
	case o.manifest != "" && len(submissions) > 0:
		return nil, nothing, &cli.UsageError{What: fmt.Sprintf("%s is a submission beside --manifest, or no problem package", submissions[0]),
			Hint: "with --manifest only problems are named, for the lines that name none"}
	case o.manifest != "":
		items, done, err := o.fromManifest(problems)
		return expecting(items, expected), done, err
	}
	for _, s := range submissions {
		if problem.IsPackage(s) {
			return nil, nothing, &cli.UsageError{What: fmt.Sprintf("%s is a problem package, and comes after a submission", s),
				Hint: "problems come first; a submission that looks like one can be named in a --manifest"}
		}
	}
	return batch.Cross(problems, submissions, expected), nothing, nil
}

// split tells problems from submissions: the first name is a problem, and so are those
// folders after it that are problem packages.
func split(names []string) (problems, submissions []string) {
	n := min(1, len(names))
	for n < len(names) && problem.IsPackage(names[n]) {
		n++
	}
	return names[:n], names[n:]
}

// expecting is a list of which all must come out as --expect says, if it says anything.
func expecting(items batch.Items, expected []string) batch.Items {
	if expected == nil {
		return items
	}
	return func(yield func(batch.Item, error) bool) {
		for i, err := range items {
			i.Expected = expected
			if !yield(i, err) {
				return
			}
		}
	}
}

// fromManifest is the list of --manifest.
func (o *options) fromManifest(problems []string) (batch.Items, func(), error) {
	nothing := func() {}
	if o.manifest == "-" {
		return spooled(os.Stdin, "standard input", problems)
	}
	info, err := os.Stat(o.manifest)
	switch {
	case err != nil:
		return nil, nothing, &cli.UsageError{What: fmt.Sprintf("--manifest: %v", err), Hint: "name a file of JSON Lines, a folder, or - for standard input"}
	case info.IsDir():
		items, err := batch.Folder(o.manifest, problems)
		return items, nothing, err
	case info.Mode().IsRegular():
		return batch.Manifest(o.manifest, problems), nothing, nil
	}
	f, err := os.Open(o.manifest)
	if err != nil {
		return nil, nothing, fmt.Errorf("open the manifest: %w", err)
	}
	defer f.Close()
	return spooled(f, o.manifest, problems) // a pipe: what is in it is from here
}

// spooled is a manifest that can be read once only, as one that can be read again. Its
// paths are relative to where judge is.
func spooled(r io.Reader, name string, problems []string) (batch.Items, func(), error) {
	f, err := nameless()
	if err != nil {
		return nil, func() {}, fmt.Errorf("keep the manifest: %w", err)
	}
	size, err := io.Copy(f, r)
	if err != nil {
		f.Close()
		return nil, func() {}, fmt.Errorf("read the manifest from %s: %w", name, err)
	}
	return func(yield func(batch.Item, error) bool) {
		batch.ReadManifest(io.NewSectionReader(f, 0, size), name, ".", problems)(yield)
	}, func() { f.Close() }, nil
}

// nameless is a new file that goes with its descriptor, however judge ends.
func nameless() (*os.File, error) {
	f, err := os.CreateTemp("", "judge-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// must says whether the exit status tells that a result is not as expected.
func (o *options) must(i batch.Item) bool { return o.expect != "" || i.Expected != nil }
