package procfs

import (
	"testing"
	"time"
)

func TestCPUTimeOf(t *testing.T) {
	const stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu1 100 20 3 4000 50 6 7 8 90 1\ncpu10 1 1 1 1 1 1 1 1 0 0\ncpu11 1 1\ncpu12 1 1 1 x 1 1 1 y 0 0\nintr 5\n"
	for _, c := range []struct {
		n    int
		want CPUTime
		ok   bool
	}{
		{1, CPUTime{Busy: 136 * Tick, Steal: 8 * Tick}, true},
		{10, CPUTime{Busy: 5 * Tick, Steal: Tick}, true},
		{0, CPUTime{}, false}, // offline
		{11, CPUTime{}, false},
		{12, CPUTime{}, false},
	} {
		if got, ok := CPUTimeOf([]byte(stat), c.n); got != c.want || ok != c.ok {
			t.Errorf("cpu%d: %+v, %t, want %+v, %t", c.n, got, ok, c.want, c.ok)
		}
	}
}

func TestState(t *testing.T) {
	for line, want := range map[string]byte{
		"17 (sh) S 1 17": 'S', "17 (a) R (b) Z 1": 'Z', "17 (\n)) D 1": 'D', "17 () X": 'X', "17 (sh) ": 0, "17 (sh)": 0, "17 sh S": 0, "": 0,
	} {
		if got := State([]byte(line)); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestPressure(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=1500\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n": 1500 * time.Microsecond,
		"some avg10=99.00 total=0\n":       0,
		"full avg10=0.00 total=7\n":        -1,
		"some avg10=0.00\n":                -1,
		"some avg10=0.00 total=many\n":     -1,
		"":                                 -1,
		"some total=9223372036854775808\n": -1,
	} {
		got, ok := Pressure(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
