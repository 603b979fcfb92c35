package procfs

import "testing"

func TestRelease(t *testing.T) {
	for _, tt := range []struct {
		release, version string
		older, since     bool
	}{
		{"4.18.0-553.el8", "5.12", true, false}, {"5.2", "5.12", true, false}, {"5.12.0-rc1", "5.12", false, true},
		{"5.100", "5.12", false, true}, {"6.1", "5.12", false, true}, {"6.1", "99.0", true, false},
		{"", "5.12", false, false}, {"nonsense", "1.0", false, false}, {"6", "5.12", false, false}, {"6.1", "six", false, false},
	} {
		if older, since := Older(tt.release, tt.version), Since(tt.release, tt.version); older != tt.older || since != tt.since {
			t.Errorf("%q and %s: older %t, since %t", tt.release, tt.version, older, since)
		}
	}
}
