package language

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"judge/policy"
)

// A DetectError says why the files' names do not tell the language.
type DetectError struct {
	Files     []string
	Languages []string // of the files, more than one; empty if there is none
	Nearest   string   // an extension that was perhaps meant
}

func (e *DetectError) Error() string {
	files := strings.Join(e.Files[:min(len(e.Files), 5)], ", ")
	if len(e.Files) > 5 {
		files += ", ..."
	}
	switch {
	case len(e.Files) == 0:
		return "the submission has no files"
	case len(e.Languages) > 1:
		return fmt.Sprintf("the files %s are of several languages (%s); say which with --language", files, strings.Join(e.Languages, ", "))
	case e.Nearest != "":
		return fmt.Sprintf("no language has files such as %s; was %s meant? Else say which it is with --language", files, e.Nearest)
	}
	return fmt.Sprintf("no language has files such as %s; say which it is with --language", files)
}

// Detect gives the language of a submission by the names of its files. Files of
// no language (headers, data) do not count, as long as there are others. The
// error is a [*DetectError].
func (s *Set) Detect(names []string) (*Language, error) {
	var found []*Language
	for _, name := range names {
		for _, l := range s.list {
			if l.Detect && l.has(name) && !slices.Contains(found, l) {
				found = append(found, l)
			}
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	e := &DetectError{Files: names}
	for _, l := range found {
		e.Languages = append(e.Languages, l.ID)
	}
	if len(found) == 0 && len(names) > 0 {
		e.Nearest = s.nearest(path.Ext(names[0]))
	}
	return nil, e
}

// has says whether a file is a source of this language.
func (l *Language) has(name string) bool { return slices.Contains(l.Extensions, path.Ext(name)) }

func (s *Set) nearest(extension string) string {
	var all []string
	for _, l := range s.list {
		if l.Detect {
			all = append(all, l.Extensions...)
		}
	}
	if extension == "" {
		return ""
	}
	return policy.Nearest(extension, all)
}
