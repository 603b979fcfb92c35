package harness

import (
	"strings"
	"testing"
	"time"
)

func TestPatient(t *testing.T) {
	for _, tt := range []struct{ kind, limits, expect, want string }{
		{"resource", "", "ok\nreturns-within 1500ms\nstdout-contains cpu-time<=1s", "25s 50s ok returns-within 7500ms stdout-contains cpu-time<=1s"},
		{"resource", "cpu=1s", "ok | memory\ncpu-time<=2s\nwall-time>=1s", "5s 50s ok | memory cpu-time<=10000ms wall-time>=1s"},
		{"resource", "cpu=1s", "cpu-time\nreturns-within 2s", "1s 10s cpu-time returns-within 6000ms"},
		{"resource", "", "interrupted\nreturns-within 2s", "5s 10s interrupted returns-within 6000ms"},
		{"accounting", "", "ok\ncpu-time<=2s", "5s 10s ok cpu-time<=2s"},
	} {
		limits, err := parseLimits(tt.limits)
		if err != nil {
			t.Fatal(err)
		}
		c := Case{Kind: tt.kind, Limits: limits, Expect: strings.Split(tt.expect, "\n"), Host: []Preparation{{After: time.Second}}}
		slow := c.patient(5)
		if got := strings.Join(append([]string{slow.Limits.CPU.String(), slow.Limits.Wall.String()}, slow.Expect...), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.expect, got, tt.want)
		}
		for _, line := range slow.Expect[1:] {
			if _, err := parseInvariant(line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if want := map[bool]time.Duration{true: time.Second, false: 3 * time.Second}[tt.kind == "accounting"]; slow.Host[0].After < want {
			t.Errorf("%s: the signal comes after %v", tt.expect, slow.Host[0].After)
		}
		if c.Limits != limits || c.Host[0].After != time.Second || strings.Join(c.Expect, "\n") != tt.expect || c.patient(1).Limits != limits {
			t.Errorf("%s: the case itself is changed", tt.expect)
		}
	}
}
