package problem

import (
	"math"
	"slices"
)

// InRange says whether a score is one that the group can have, but for the error of
// adding up floating-point numbers.
func (r Rule) InRange(score float64) bool {
	slack := func(bound float64) float64 {
		if math.IsInf(bound, 0) {
			return 0
		}
		return 1e-9 * max(1, math.Abs(bound))
	}
	return score >= r.MinScore-slack(r.MinScore) && score <= r.MaxScore+slack(r.MaxScore)
}

// BestScore is the highest score that a submission can have (the lowest if
// [Problem.Minimize]); infinite if there is no bound.
func (p *Problem) BestScore() float64 {
	if !p.Type.Scoring || p.Root == nil {
		return 0
	}
	if p.Minimize {
		return p.Root.Rule.MinScore
	}
	return p.Root.best()
}

// best is the highest score of a group: its own bound, or what its items allow.
func (g *Group) best() float64 {
	r := g.Rule
	var scores []float64
	for _, item := range g.Items {
		switch {
		case item.Case != nil && item.Case.Score.File == FileOptional || item.Case != nil && item.Case.Score.File == FileRequired:
			scores = append(scores, item.Case.Score.Max)
		case item.Case != nil:
			scores = append(scores, max(item.Case.Score.Accept, item.Case.Score.Reject))
		case !r.IgnoreSample || item.Group.Name == "secret":
			scores = append(scores, item.Group.best())
		}
	}
	if r.Static != nil {
		scores = append(scores, r.Static.Score.Max)
	}
	if r.Custom || r.Score == ScoreThreshold { // of a cost no bound tells what it gains
		return r.MaxScore
	}
	return min(r.MaxScore, r.Aggregate(scores))
}

// Aggregate makes the score of a group of those of its items. For ScorePassFail, whose
// score follows from verdicts, it is what a group has that passes. Custom groups have
// their grader instead.
func (r Rule) Aggregate(scores []float64) float64 {
	if len(scores) == 0 && r.Score != ScorePassFail {
		return 0
	}
	total := 0.0
	switch r.Score {
	case ScoreSum, ScoreAvg:
		for _, s := range scores {
			total += s
		}
		if r.Score == ScoreAvg {
			total /= float64(len(scores))
		}
	case ScoreMin:
		total = slices.Min(scores)
	case ScoreMax:
		total = slices.Max(scores)
	case ScoreMul:
		total = 1
		for _, s := range scores {
			total *= s
		}
	case ScorePassFail:
		return r.MaxScore
	case ScoreThreshold:
		total = 1
		for _, s := range scores {
			if !(s > 0 && s <= r.Threshold) {
				total = 0
			}
		}
	}
	return r.Factor * total
}
