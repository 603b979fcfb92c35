package problem

import (
	"math"
	"testing"
)

func TestAggregate(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name   string
		rule   Rule
		scores []float64
		want   float64
	}{
		{"sum", Rule{Score: ScoreSum, Factor: 1}, []float64{1, 2, 3}, 6},
		{"sum, weighed", Rule{Score: ScoreSum, Factor: 5}, []float64{1, 0.5}, 7.5},
		{"average", Rule{Score: ScoreAvg, Factor: 1}, []float64{1, 2}, 1.5},
		{"least", Rule{Score: ScoreMin, Factor: 40}, []float64{1, 0.5}, 20},
		{"most", Rule{Score: ScoreMax, Factor: 1}, []float64{-1, -2}, -1},
		{"product", Rule{Score: ScoreMul, Factor: 10}, []float64{0.5, 0.5}, 2.5},
		{"none has a score", Rule{Score: ScoreNone, Factor: 1}, []float64{1}, 0},
		{"of nothing", Rule{Score: ScoreMin, Factor: 1}, nil, 0},
		{"all pass", Rule{Score: ScorePassFail, Factor: 1, MaxScore: 30}, nil, 30},
		{"below the threshold", Rule{Score: ScoreThreshold, Factor: 30, Threshold: 2}, []float64{0.1, 2}, 30},
		{"above the threshold", Rule{Score: ScoreThreshold, Factor: 30, Threshold: 2}, []float64{0.1, 2.1}, 0},
		{"nothing used is a failure", Rule{Score: ScoreThreshold, Factor: 30, Threshold: 2}, []float64{0, 1}, 0},
		{"without bound", Rule{Score: ScoreSum, Factor: 1}, []float64{1, inf}, inf},
	} {
		if got := c.rule.Aggregate(c.scores); got != c.want {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestInRange(t *testing.T) {
	r := Rule{MinScore: 0, MaxScore: 0.3}
	for score, want := range map[float64]bool{0: true, 0.1 + 0.2: true, 0.3001: false, -0.001: false, math.NaN(): false} {
		if r.InRange(score) != want {
			t.Errorf("%g is in 0 to 0.3: %v", score, !want)
		}
	}
	r = Rule{MinScore: math.Inf(-1), MaxScore: math.Inf(1)}
	if !r.InRange(1e300) || !r.InRange(-1e300) {
		t.Error("something is out of a range without bounds")
	}
}

// TestBestScore: the bound where there is one, else what the cases can give.
func TestBestScore(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  float64
	}{
		{"pass-fail", map[string]string{"problem.yaml": "name: x\n"}, 0},
		{"a point a case", map[string]string{"problem.yaml": "type: scoring\n", "data/secret/2.in": "", "data/secret/2.ans": ""}, 2},
		{"range", map[string]string{"problem.yaml": "type: scoring\n", "data/testdata.yaml": "range: 0 1.5"}, 1},
		{"the range bounds", map[string]string{"problem.yaml": "type: scoring\n", "data/testdata.yaml": "range: 0 1.5\naccept_score: 7"}, 1.5},
		{"by the validator", map[string]string{"problem.yaml": "type: scoring\nvalidation: custom score\n", "output_validators/v.py": ""}, math.Inf(1)},
		{"the least is best", map[string]string{"problem.yaml": "type: scoring\ngrading: {objective: min}\n", "data/testdata.yaml": "range: 3 10"}, 3},
		{"2025-09", map[string]string{"problem.yaml": "problem_format_version: 2025-09\ntype: scoring\n"}, 100},
		{"2025-09, without bound", map[string]string{"problem.yaml": "problem_format_version: 2025-09\ntype: scoring\n",
			"data/secret/test_group.yaml": "max_score: unbounded"}, math.Inf(1)},
	} {
		files := minimal()
		for name, data := range c.files {
			files[name] = data
		}
		p, err := Load(unpackMap(t, files))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := p.BestScore(); got != c.want {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}
