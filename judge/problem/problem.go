package problem

// A Format is how a package is laid out on disk.
type Format string

// The formats. "2023-07" was renamed to 2025-09 before it was finished and is read
// as that; legacy-icpc is legacy.
const (
	Legacy  Format = "legacy"  // Kattis problem package, before it had versions
	V2025   Format = "2025-09" // Kattis problem package, version 2025-09
	Polygon Format = "polygon" // Codeforces Polygon: problem.xml
	CMS     Format = "cms"     // CMS's Italian format: task.yaml
	Plain   Format = "plain"   // a folder of NAME.in and NAME.ans or NAME.out
)

// A Problem is one problem package. It is complete and checked; nobody writes to
// it after [Load]. Its pointers lead to values of the same Problem.
type Problem struct {
	Dir    string // the package on the host: absolute, links resolved
	Name   string // short name: the folder's, or what the package calls itself
	Title  string // for people; "" if the package has none
	Format Format

	// Version is problem_format_version as written ("2023-07-draft"), "" if none is.
	Version string

	Type   Type
	Limits Limits

	// Languages lists the codes that submissions may use; nil is all.
	Languages []string

	// Minimize says that a lower score is the better one (legacy: objective: min).
	Minimize bool

	// WriteFiles says that a submission may write files in its working directory.
	// (2025-09: allow_file_writing. The other formats do not forbid it: true.)
	WriteFiles bool

	// InputFile and OutputFile are the names of the files in the working directory
	// that a submission reads and writes instead of standard input and output;
	// "" is the standard stream.
	InputFile, OutputFile string

	// Constants replace {{name}} in programs and included code, see [Problem.Expand].
	Constants map[string]string

	// Root is the group of all data. Its items are the groups "sample" and
	// "secret" where a package has both. Cases lists every case once, in the order
	// in which they are judged; a case may stand in several groups (CMS).
	Root  *Group
	Cases []*Case

	// Checkers are the output validators; each that a case's [Case.Checks] names
	// must accept. There is always one at least.
	Checkers []*Checker

	// Interactor talks to the submission; nil if Type.Interactive is false.
	Interactor *Interactor

	// Grader aggregates groups whose rule is custom; nil without one (legacy).
	Grader *Program

	// Static judges the source of a submission before it is run (2025-09:
	// static_validator); nil without one.
	Static *Program

	// InputValidators accept a case's input by exit code 42; only verifying a
	// package needs them. (.ctd and .viva files are not programs and not here.)
	InputValidators []*Program

	// Probes are what else the package's validators are held against.
	Probes []Probe

	// Includes are files put beside a submission's own before it is compiled, by
	// the language's code; "default" is for languages without an entry. They
	// replace files of the submission of the same name.
	Includes map[string][]File

	// Driver is the base name, without extension, of the file among Includes that
	// holds the main program ("grader", "stub"); "" if the submission does, or the
	// language's usual name says it.
	Driver string

	Submissions []*Submission
	Warnings    []Warning
}

// A Type says what kind of problem it is. The zero value is a pass-fail problem.
type Type struct {
	Scoring      bool // an accepted submission has a score as well
	Interactive  bool // a program of the package answers the submission while it runs
	MultiPass    bool // the checker may ask for another pass with another input
	SubmitAnswer bool // a submission is the outputs themselves, not a program

	// TwoSteps: a submission runs twice at once, with the arguments 0 and 1, each followed
	// by the name of a FIFO to which the first writes and from which the second
	// reads. The first is given the input, what the second writes is checked (CMS).
	TwoSteps bool
}

// A File is a file of the package that will be seen under another name.
type File struct {
	Name string // slash-separated, relative to where it is put
	Path string // on the host
}

// A Program is something of the package that is built and run: a checker, an
// interactor, a grader. Its language follows from its files' names, unless it
// has a build or run script.
type Program struct {
	Name  string // how the package calls it: base name of file or directory
	Path  string // the file or directory on the host
	Files []File // all of it; one file, Name its base name, if Path is a file
	Build bool   // "build" is among Files: run it first, it makes "run"
	Run   bool   // "run" is among Files, or will be: it is the program

	// Executable says that Path is a program as it is: a binary, or a script that
	// names its interpreter. There is nothing to compile.
	Executable bool

	// Language is a language's code where the package names one, else "".
	Language string

	// Extra are files put beside Files (testlib.h of a Polygon package).
	Extra []File
}

// A Case is one test.
type Case struct {
	// Name identifies it: the path below the data directory without extension
	// ("secret/group1/01"), always with slashes; "sample/…" and "secret/…" in formats
	// without such folders, too.
	Name   string
	Sample bool

	Input  string // file on the host; "" if there is none (output-only tasks may lack it)
	Answer string // file on the host; "" if the checker needs none

	// Args are the submission's command-line arguments. Files are put into its
	// working directory after compiling, replacing what has the same name.
	Args  []string
	Files []File

	// Checks are the checkers to run, all of which must accept. For
	// [InteractKattis] the only one is the interactor itself: Args are its. There is
	// none where the word of an interactor is all.
	Checks []Check

	// ValidatorArgs are the arguments of the input validators by program's name;
	// "" stands for every one not named.
	ValidatorArgs map[string][]string

	Score CaseScore

	// Feedback says that a solver may see this case's input, answer and
	// differences (2025-09: full_feedback; samples of all formats).
	Feedback bool

	// OutputNames are the names under which a submission may hold the output of this
	// case, the preferred one first; nil if Type.SubmitAnswer is false.
	OutputNames []string

	Hint, Description string // for people
}

// A Check is one checker with its arguments for one case, after those that its
// kind prescribes.
type Check struct {
	Checker *Checker
	Args    []string
}

// A CheckerKind says how a checker is called and how it answers.
type CheckerKind string

// The kinds of checker.
const (
	// CheckDefault: the default output validator, built in; its flags are Check.Args.
	CheckDefault CheckerKind = "default"
	// CheckKattis: PROGRAM input answer feedback_dir/ [args] < output; 42 or 43.
	CheckKattis CheckerKind = "kattis"
	// CheckTestlib: PROGRAM input output answer; exit codes of testlib.h.
	CheckTestlib CheckerKind = "testlib"
	// CheckCompare: DOMjudge's compare scripts of before 2014: PROGRAM input output
	// answer; whatever it prints on standard output is a difference.
	CheckCompare CheckerKind = "compare"
	// CheckCMS: PROGRAM input answer output; exits 0, prints an outcome from 0.0 to
	// 1.0 on standard output and a message on standard error.
	CheckCMS CheckerKind = "cms"
	// CheckWhiteDiff: CMS's comparison, built in: lines by their tokens, empty
	// lines at the end ignored.
	CheckWhiteDiff CheckerKind = "white-diff"
)

// A Checker decides whether an output is right.
type Checker struct {
	Kind    CheckerKind
	Program *Program // nil for the built-in kinds
}

// An InteractorKind says how an interactor is called and how it answers.
type InteractorKind string

// The kinds of interactor.
const (
	// InteractKattis: the output validator itself, standard streams crossed with the
	// submission's; it answers as CheckKattis does, and no checker follows.
	InteractKattis InteractorKind = "kattis"
	// InteractTestlib: PROGRAM input output answer, streams crossed; exit codes of
	// testlib.h; if it accepts, the checkers judge the output file that it wrote.
	InteractTestlib InteractorKind = "testlib"
	// InteractCMS: CMS's Communication manager: PROGRAM and two FIFOs for each
	// process of the submission (PROGRAM in0 out0 in1 out1 …: it reads from in,
	// writes to out), the case's input as standard input and as input.txt in its working
	// directory; it answers as CheckCMS does, and no checker follows. A submission is
	// given its index, from 0, as last argument if there are several processes.
	InteractCMS InteractorKind = "cms"
)

// An Interactor is the program at the other end of an interactive submission.
type Interactor struct {
	Kind    InteractorKind
	Program *Program

	Processes int // copies of the submission that run at once; 1 but in CMS
	// FIFOs says that the submission is given its FIFOs' paths as arguments, the one to
	// read first (CMS: user_io fifo_io), instead of standard streams.
	FIFOs bool
}
