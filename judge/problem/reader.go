package problem

import "fmt"

// A reader reads one package into one Problem. A format's file adds methods to it;
// they report what is wrong with fail and warn and go on, so that an author sees
// all faults at once.
type reader struct {
	root    string // absolute, links resolved
	problem *Problem
	faults  faults
	entries int               // names in folders seen so far, see maxEntries
	linked  int               // of them in folders that were seen under another name, see maxLinked
	folders map[string]string // paths on the host of folders seen, so that links in a path are followed once
	flags   []flagsAt         // of output validators
	percent bool              // Polygon: points of a checker are a share of the test's
	listed  map[string]string // name under which a folder of the host was first seen
}

// fail notes a fault with which the package cannot be graded.
func (r *reader) fail(code Code, at Place, format string, args ...any) {
	r.faults.error(&Error{Code: code, Place: at, Text: fmt.Sprintf(format, args...)})
}

// failErr is fail for a fault that an error is behind.
func (r *reader) failErr(code Code, at Place, err error, format string, args ...any) {
	r.faults.error(&Error{Code: code, Place: at, Text: fmt.Sprintf(format, args...), Err: err})
}

// warn notes a fault that does not keep the package from being graded.
func (r *reader) warn(code Code, at Place, format string, args ...any) {
	r.faults.warning(Warning{Code: code, Place: at, Text: fmt.Sprintf(format, args...)})
}

// maxAlike is how many faults of one code are kept; a package of 100,000 cases
// without answers is one message for a person, not 100,000.
const maxAlike = 20

// faults collects errors and warnings, not more than maxAlike of a code.
type faults struct {
	errs   Errors
	warns  []Warning
	counts map[string]int
	seen   map[string]bool // texts: what a setting does wrong in every group is said once
}

func (f *faults) more(key, text string) bool {
	if f.counts == nil {
		f.counts, f.seen = map[string]int{}, map[string]bool{}
	}
	if f.seen[key+text] {
		return false
	}
	full := f.full(key)
	f.counts[key]++
	if full {
		return false
	}
	f.seen[key+text] = true
	return true
}

// full says that another one would only be counted.
func (f *faults) full(key string) bool { return f.counts[key] >= maxAlike }

func (f *faults) error(e *Error) {
	if f.more("error "+string(e.Code), e.Error()) {
		f.errs = append(f.errs, e)
	}
}

func (f *faults) warning(w Warning) {
	if f.more("warning "+string(w.Code), w.String()) {
		f.warns = append(f.warns, w)
	}
}

func (f *faults) errors() Errors {
	all := f.errs
	for _, code := range codesOf(all, func(e *Error) Code { return e.Code }) {
		if n := f.counts["error "+string(code)] - maxAlike; n > 0 {
			all = append(all, &Error{Code: code, Text: fmt.Sprintf("and %d more errors of the kind %s", n, code)})
		}
	}
	return all
}

func (f *faults) warnings() []Warning {
	all := f.warns
	for _, code := range codesOf(all, func(w Warning) Code { return w.Code }) {
		if n := f.counts["warning "+string(code)] - maxAlike; n > 0 {
			all = append(all, Warning{Code: code, Text: fmt.Sprintf("and %d more warnings of the kind %s", n, code)})
		}
	}
	return all
}

// codesOf lists the codes of some faults, each once, in order.
func codesOf[T any](all []T, code func(T) Code) []Code {
	var codes []Code
	seen := map[Code]bool{}
	for _, one := range all {
		if c := code(one); !seen[c] {
			seen[c] = true
			codes = append(codes, c)
		}
	}
	return codes
}
