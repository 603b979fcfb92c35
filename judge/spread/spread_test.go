package spread

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"judge/judge"
)

func ms(list ...int) []time.Duration {
	out := make([]time.Duration, len(list))
	for i, n := range list {
		out[i] = time.Duration(n) * time.Millisecond
	}
	return out
}

func TestFigures(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	const one = time.Millisecond
	for _, c := range []struct {
		name  string
		times []time.Duration
		want  Figures
	}{
		{"one", ms(7), Figures{1, 7 * one, 7 * one, 7 * one, 7 * one, 0}},
		{"an even number", ms(4, 2), Figures{2, 2 * one, 3 * one, 4 * one, 4 * one, 100 * 2.0 / 3}},
		{"an odd number, in no order", ms(30, 10, 20), Figures{3, 10 * one, 20 * one, 30 * one, 30 * one, 100}},
		{"one in twenty does not count", append(ms(900, 11), slices.Repeat(ms(10), 18)...), Figures{20, 10 * one, 10 * one, 11 * one, 900 * one, 10}},
		{"a hundred", ms(hundred...), Figures{100, one, 50*one + one/2, 95 * one, 100 * one, 100 * 94 / 50.5}},
	} {
		if f := figuresOf(c.times); f != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, f, c.want)
		}
	}
}

func rowsOf() []Row {
	return []Row{
		{Program: "cpu", Busy: 1, Figures: figuresOf(ms(100, 101, 102)), Confidence: map[judge.Confidence]int{judge.High: 2, judge.Low: 1}},
		{Program: "cpu", Busy: 4, Figures: figuresOf(ms(104, 105, 106))},
		{Program: "memory", Busy: 1, Figures: figuresOf(ms(200, 200, 202))},
		{Program: "memory", Busy: 4, Figures: figuresOf(ms(220, 230, 241))},
	}
}

// Between the fastest alone and nearly the slowest when all is busy: 241 for 200.
func TestNoise(t *testing.T) {
	if got := noiseOf(rowsOf()); got != 21 {
		t.Errorf("%v", got)
	}
	if got := noiseOf(rowsOf()[:1]); got != 2 {
		t.Errorf("of one core: %v", got)
	}
	if by, known := slowdown(rowsOf(), "memory"); !known || by != 15 {
		t.Errorf("slower by %v, %t", by, known)
	}
	if _, known := slowdown(rowsOf()[:1], "cpu"); known {
		t.Error("a slowdown that nobody measured")
	}
}

func TestPrint(t *testing.T) {
	r := &Result{Cores: 4, Rows: rowsOf(), Noise: 21, Advice: []Advice{{"turbo", "on", "the clock rate varies", "turn it off"}, {"machine", "virtual", "others use it, too", ""}}}
	var b bytes.Buffer
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"memory   4 of 4      3     220ms  230ms   241ms  241ms  9.1 %", "2 high, 1 low", "With all cores busy, memory takes 15.0 % longer than alone.\n",
		"turbo: on; the clock rate varies: turn it off\nmachine: virtual; others use it, too\n", "Differences of times below 21 % mean nothing on this host.\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
}

// TestWork: the reference programs do the same each time, and all of it.
func TestWork(t *testing.T) {
	for _, name := range Programs() {
		a, ok1 := Work(name)
		b, ok2 := Work(name)
		if !ok1 || !ok2 || a != b || a == 0 {
			t.Errorf("%s: %d %t, %d %t", name, a, ok1, b, ok2)
		}
	}
	if _, ok := Work("none"); ok {
		t.Error("there is a program none")
	}
	// The circle goes through all lines: after as many steps it is back, and has seen each once.
	const n = 1000
	if got := chase(n, n); got != n*(n-1)/2 {
		t.Errorf("the circle is short: %d", got)
	}
}
