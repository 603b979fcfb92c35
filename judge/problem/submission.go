package problem

// A Submission is one of the package's own.
type Submission struct {
	// Name is its path in the package, with slashes: "submissions/accepted/hello.cc".
	Name  string
	Path  string // the file or directory on the host
	Dir   bool   // Path is a directory
	Files []File // all of its files; Name is relative to Path if that is a directory

	Language   string // code, "" to be found by the files' names
	EntryPoint string // "" for the language's default
	Model      bool   // the model solution

	// Expect is what must come out; nil if the package says nothing.
	Expect *Expectation
}

// An Expectation is what a package says about a submission's result. All its
// parts must hold, see [Expectation.Agrees].
type Expectation struct {
	// From says where it stands: "folder wrong_answer", "submissions.yaml:3:1", …
	From string

	// Final lists the final verdicts of which one must come out; nil: any.
	Final []Verdict

	// Exact: MLE and OLE are verdicts of their own; otherwise they meet RTE.
	Exact bool

	// Strict: [Expectation.Final] alone does not do, every Require must hold on the
	// cases as well (2025-09). Otherwise (legacy) Final or all of Require is enough:
	// with on_reject: break, what a submission does after its first failure is
	// not known.
	Strict bool

	Require []Requirement

	// Score is the range of the final score; nil: any. Partial: it must be short
	// of Best, the best score that is possible, infinite where there is no bound
	// (legacy partially_accepted).
	Score   *Range
	Partial bool
	Best    float64

	// Grades are the verdicts of the groups of "secret", in order, and Graded the names of
	// those groups; nil: any (@EXPECTED_GRADES@).
	Grades []Verdict
	Graded []string
}

// A Requirement is about the cases of one scope.
type Requirement struct {
	From string // where it stands, for messages

	// Scope is a glob pattern of groups or cases ("secret/*-easy"); "" is every case.
	Scope string

	Permitted []Verdict // every case has one of these; nil: any
	Required  []Verdict // at least one case has one of these; nil: none is asked for
	Score     *Range    // of the group that Scope names, of the submission for ""
	Message   string    // part of a judge message of at least one case; "": none is asked for

	// Lower and Upper say that the submission's slowest case of the scope bounds the
	// time limit from below (it must not be too slow) or from above (it must be).
	Lower, Upper bool
}

// A Range is a range of scores, both ends included.
type Range struct{ Min, Max float64 }
