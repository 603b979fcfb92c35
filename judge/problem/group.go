package problem

// A Group is a set of cases that is judged and scored as one; groups form a tree.
type Group struct {
	// Name is the path below the data directory: "" (root), "sample", "secret",
	// "secret/group1".
	Name string
	Rule Rule
	// Items are the cases and groups directly in it, in the order of judging.
	Items []Item
}

// An Item is one element of a group: exactly one of its fields is set.
type Item struct {
	Group *Group
	Case  *Case
}

// Each calls do for the group and every group below it, from the top.
func (g *Group) Each(do func(*Group)) {
	do(g)
	for _, item := range g.Items {
		if item.Group != nil {
			item.Group.Each(do)
		}
	}
}

// Group is the group of this name ("" is the root); nil if there is none.
func (p *Problem) Group(name string) *Group {
	var found *Group
	if p.Root != nil {
		p.Root.Each(func(g *Group) {
			if g.Name == name && found == nil {
				found = g
			}
		})
	}
	return found
}

// SecretGroups are the groups directly below "secret", in order: what a statement
// calls subtasks.
func (p *Problem) SecretGroups() []*Group {
	secret := p.Group("secret")
	if secret == nil {
		return nil
	}
	var all []*Group
	for _, item := range secret.Items {
		if item.Group != nil {
			all = append(all, item.Group)
		}
	}
	return all
}

// A VerdictMode makes one verdict of several.
type VerdictMode string

// The modes. "Worst" orders JE RTE MLE TLE OLE WA, the gravest first.
const (
	WorstError   VerdictMode = "worst_error"   // AC if all are, else the worst
	FirstError   VerdictMode = "first_error"   // AC if all are, else the first that is not
	AlwaysAccept VerdictMode = "always_accept" // AC
)

// A ScoreMode makes one score of several.
type ScoreMode string

// The modes. The score of a group is its [Rule]'s Factor times what the mode makes
// of the scores of its items.
const (
	ScoreNone ScoreMode = ""    // the group has no score
	ScoreSum  ScoreMode = "sum" // a group's own items only, each once
	ScoreAvg  ScoreMode = "avg" // of all items; 0 without any
	ScoreMin  ScoreMode = "min" // 0 without any
	ScoreMax  ScoreMode = "max" // 0 without any
	ScoreMul  ScoreMode = "mul" // their product (CMS GroupMul)
	// ScorePassFail: MaxScore if every case below is accepted, else 0.
	ScorePassFail ScoreMode = "pass-fail"
	// ScoreThreshold: 1 if every score is above 0 and at most Threshold, else 0
	// (CMS GroupThreshold: a checker's outcome is a cost, not a share).
	ScoreThreshold ScoreMode = "threshold"
)

// A Rule says how the results of a group's items become the group's. All formats'
// rules are written in it.
type Rule struct {
	Verdict     VerdictMode
	AcceptIfAny bool // AC if any item is, before Verdict is asked

	// IgnoreSample: the result is that of the item "secret" alone (legacy, root).
	IgnoreSample bool

	Score     ScoreMode
	Factor    float64 // 1 but in CMS
	Threshold float64 // of ScoreThreshold

	// MinScore and MaxScore are the range of possible scores, infinite where there is
	// no bound. A score outside is the package's fault: JE.
	MinScore, MaxScore float64

	// Break: after the first item that is not accepted the rest of the group is not
	// judged (legacy on_reject: break; pass-fail groups of other formats).
	Break bool

	// Requires names groups of which every case must be accepted; otherwise this
	// group is not judged, scores 0, and its cases count as not accepted.
	Requires []string

	// Custom: [Problem.Grader] makes the result, called with Flags. Verdict, Score
	// and AcceptIfAny then mean nothing.
	Custom bool
	Flags  []string

	// Static is the static validation case of the group; nil without one (2025-09).
	Static *StaticCase
}

// A StaticCase is a run of [Problem.Static] that counts as a case of its group.
type StaticCase struct {
	Args  []string
	Score CaseScore
}

// A ScoreFile says what a score that a checker gives (score.txt, testlib's
// points, CMS's outcome) means.
type ScoreFile string

// What a checker's score may mean.
const (
	FileIgnored   ScoreFile = "ignored"   // nothing
	FileForbidden ScoreFile = "forbidden" // the package's fault: JE
	FileOptional  ScoreFile = "optional"  // the score, instead of Accept or Reject
	FileRequired  ScoreFile = "required"  // the score; an accepted case without is JE
)

// A CaseScore says how a case's score follows from its check. In a pass-fail
// problem it is zero but for File and Multiplier.
type CaseScore struct {
	Accept float64 // of an accepted case, if the checker gives none
	Reject float64 // of any other
	Max    float64 // a given score above it is the package's fault: JE; +Inf without bound

	// File is about a score that is given as it stands (score.txt, testlib's points);
	// Multiplier about one that is a share of Max (score_multiplier.txt, CMS's
	// outcome). To give both is the package's fault.
	File, Multiplier ScoreFile

	// Percent: a score that is given as it stands is one, too, in hundredths
	// (Polygon: treat-points-from-checker-as-percent).
	Percent bool

	// OnReject: a score that is given for a case not accepted counts (legacy,
	// CMS); otherwise it is the package's fault: JE, unless both are ignored.
	OnReject bool
}
