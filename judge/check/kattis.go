package check

import (
	"judge/judge/problem"
	"judge/sandbox"
)

// Files of the feedback directory that mean something.
const (
	FileJudgeMessage = "judgemessage.txt"
	FileTeamMessage  = "teammessage.txt"
	FileScore        = "score.txt"
	FileMultiplier   = "score_multiplier.txt"
	FileNextPass     = "nextpass.in"
)

// A Pass says which pass of a multi-pass problem was checked. The zero value is
// that of a problem that has only one.
type Pass struct {
	Multi bool // the checker may ask for another
	Last  bool // there may be no more after this one
}

// Kattis reads the answer of an output validator of the problem package format:
// 42 accepts, 43 rejects, anything else, 0 too, is the validator's fault. files
// are those of the feedback directory that are there; of nextpass.in only that
// it is there matters, so its content may be left out.
func Kattis(r sandbox.Report, files map[string][]byte, rule problem.CaseScore, pass Pass) Outcome {
	code, fault := exited(r)
	_, next := files[FileNextPass]
	next = next && pass.Multi
	var o Outcome
	switch {
	case fault != "":
		o = failed("%s", fault)
	case code == 42 && next && pass.Last:
		o = failed("the checker asks for another pass, but has had all that limits.validation_passes allows")
	case code == 42:
		o = Outcome{Verdict: problem.AC, NextPass: next}
		o = o.withFiles(files, rule)
	case code == 43 && next:
		o = failed("the checker rejects and leaves a %s", FileNextPass)
	case code == 43:
		o = Outcome{Verdict: problem.WA}
		o = o.withFiles(files, rule)
	default:
		o = failed("the checker exited with status %d; it may only with 42 (accept) and 43 (reject)", code)
	}
	o.Message, o.Team = message(files[FileJudgeMessage]), message(files[FileTeamMessage])
	return o
}

// withFiles gives the outcome the score of the files.
func (o Outcome) withFiles(files map[string][]byte, rule problem.CaseScore) Outcome {
	var g given
	if text, is := files[FileScore]; is && rule.File != problem.FileIgnored {
		f, err := float(text)
		if err != nil {
			return failed("the checker's %s: %v", FileScore, err)
		}
		g.score, g.scoreFrom = &f, "a "+FileScore
	}
	if text, is := files[FileMultiplier]; is && rule.Multiplier != problem.FileIgnored {
		f, err := float(text)
		if err != nil {
			return failed("the checker's %s: %v", FileMultiplier, err)
		}
		if f < 0 || f > 1 {
			return failed("the checker's %s: %v is not in [0,1]", FileMultiplier, f)
		}
		g.share, g.shareFrom = &f, "a "+FileMultiplier
	}
	return o.scored(g, rule)
}
