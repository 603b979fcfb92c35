package policy

// A Mistake is something that is wrong with the value of a key, found by who
// knows more of it than this package does. See [FilterCheck].
type Mistake struct {
	Key  string // "seccomp.allow[3]", "seccomp.rules[0].when[1]"; "seccomp" for the filter as a whole
	Msg  string // what is wrong
	Hint string // what to write instead; may be empty
	Err  error  // the cause, if it has a type of its own; may be nil
}

// A FilterCheck finds what is wrong with a filter that only its compiler can
// know. own is what one file says of it, so that a Mistake's key can name an
// entry of that file; whole is what this makes, with all that is inherited.
// own.Default is the whole's.
type FilterCheck func(own, whole Seccomp) []Mistake

// checkFilter gives the mistakes that the file's check finds, less those of
// keys that something is wrong with already. A file without [seccomp] inherits
// all, and its mistakes are another's.
func (f *file) checkFilter(own, whole Seccomp, known []issue) []issue {
	if f.check == nil {
		return nil
	}
	if _, ok := f.tree["seccomp"]; !ok {
		return nil
	}
	seen := make(map[string]bool, len(known))
	for _, is := range known {
		seen[is.path] = true
	}
	own.Default = whole.Default
	var issues []issue
	for _, m := range f.check(own, whole) {
		if !seen[m.Key] {
			issues = append(issues, issue{path: m.Key, problem: problem{msg: m.Msg, hint: m.Hint}, err: m.Err})
		}
	}
	return issues
}
