package problem

// A Verdict says how one case, a group or a submission was judged.
type Verdict string

// The verdicts of every format. A format that does not know MLE or OLE counts
// them as RTE where it compares with an expectation, see [Expectation.Agrees].
const (
	AC  Verdict = "AC"  // accepted
	WA  Verdict = "WA"  // wrong answer
	TLE Verdict = "TLE" // time limit exceeded
	MLE Verdict = "MLE" // memory limit exceeded
	OLE Verdict = "OLE" // output limit exceeded
	RTE Verdict = "RTE" // run-time error
	CE  Verdict = "CE"  // compile error
	PAC Verdict = "PAC" // partially accepted: accepted, with a score below the maximum
	JE  Verdict = "JE"  // judge's own error; never the submission's fault
)

// Verdicts lists them in the order in which people are told of them.
func Verdicts() []Verdict { return []Verdict{AC, PAC, WA, TLE, MLE, OLE, RTE, CE, JE} }
