package problem

import (
	"testing"
	"time"
)

func TestTimeLimit(t *testing.T) {
	legacy := Timing{Lower: 5, Upper: 2, Resolution: time.Second}
	v2025 := Timing{Lower: 2, Upper: 1.5, Resolution: 100 * time.Millisecond, Strict: true}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, c := range []struct {
		name             string
		timing           Timing
		given            time.Duration
		slowest, fastest time.Duration
		want             time.Duration
		why, fails       bool
	}{
		{"legacy, at least a second", legacy, 0, ms(1), 0, time.Second, false, false},
		{"legacy, up to the second", legacy, 0, ms(401), 0, 3 * time.Second, false, false},
		{"legacy, exactly", legacy, 0, ms(400), 0, 2 * time.Second, false, false},
		{"legacy, a slow one not slow enough", legacy, 0, ms(400), ms(3000), 2 * time.Second, true, false},
		{"no submission", legacy, 0, 0, 0, 0, false, true},
		{"2025, smallest multiple", v2025, 0, ms(140), 0, ms(300), false, false},
		{"2025, exactly", v2025, 0, ms(150), 0, ms(300), false, false},
		{"2025, fits", v2025, 0, ms(150), ms(450), ms(300), false, false},
		{"2025, does not fit", v2025, 0, ms(150), ms(449), 0, false, true},
		{"given", v2025, ms(123), 0, 0, ms(123), false, false},
		{"given, too small", v2025, ms(123), ms(100), 0, ms(123), true, false},
		{"given, too large", v2025, ms(123), ms(10), ms(130), ms(123), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why, err := Limits{Time: c.given, Timing: c.timing}.TimeLimit(Bounds{c.slowest, c.fastest})
			if got != c.want || (why != "") != c.why || (err != nil) != c.fails {
				t.Errorf("%v, %q, %v; want %v, why %v, fails %v", got, why, err, c.want, c.why, c.fails)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	times := map[string]time.Duration{"sample/1": 1, "secret/a": 5, "secret/b": 9}
	var b Bounds
	b.Add(nil, times, nil)
	b.Add(&Expectation{Require: []Requirement{{Scope: "secret/a", Lower: true}}}, times, nil)
	if b != (Bounds{Slowest: 5}) {
		t.Errorf("one scope: %+v", b)
	}
	b.Add(&Expectation{Require: []Requirement{{Upper: true}}}, times, nil)
	b.Add(&Expectation{Require: []Requirement{{Upper: true, Scope: "secret/a"}}}, times, nil)
	b.Add(&Expectation{Require: []Requirement{{Upper: true, Scope: "none"}, {Permitted: []Verdict{AC}}}}, times, nil)
	b.Add(&Expectation{Require: []Requirement{{Upper: true, Scope: "sample"}}}, times, map[string]bool{"sample/1": true})
	if b != (Bounds{Slowest: 5, Fastest: 5}) {
		t.Errorf("the fastest of the slow ones by its slowest case: %+v", b)
	}
}
