package policy

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"1.5s": 1500 * time.Millisecond, "250ms": 250 * time.Millisecond, "1h30m": 90 * time.Minute, "0": 0} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"5":   `duration "5" has no unit (did you mean "5s"?)`,
		"5 s": `duration "5 s" is not a duration (write a number with a unit: "1.5s", "250ms", "2m")`,
		"":    `duration "" is not a duration (write a number with a unit: "1.5s", "250ms", "2m")`,
	} {
		if got, err := ParseDuration(in); err == nil || err.Error() != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %s", in, got, err, want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"1h": time.Hour, "1h1m": 61 * time.Minute, "1m": time.Minute, "10s": 10 * time.Second, "1h0m1s": time.Hour + time.Second,
		"1.5s": 1500 * time.Millisecond, "1ns": 1, "-1m": -time.Minute, "0s": 0,
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1.5s", "250ms", "1h0m1s", "-1m", "0", "1e3s", "9223372036854775807ns", "5", "µs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		text := formatDuration(d)
		if again, err := ParseDuration(text); err != nil || again != d {
			t.Fatalf("%q is %d ns, written %q, read %d, %v", s, d, text, again, err)
		}
	})
}
