package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration as Go writes it, "1.5s", "250ms", "1h30m". Its
// errors say what to write instead.
func ParseDuration(s string) (time.Duration, error) {
	d, pr := parseDuration(s)
	if pr != nil {
		return 0, fmt.Errorf("duration %w", pr)
	}
	return d, nil
}

// parseDuration reads a duration as Go writes it.
func parseDuration(s string) (time.Duration, *problem) {
	d, err := time.ParseDuration(s)
	if err == nil {
		return d, nil
	}
	pr := wrong("%q is not a duration", s).hinted(`write a number with a unit: "1.5s", "250ms", "2m"`)
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.HasPrefix(s, "-") {
		pr = wrong("%q has no unit", s).hinted("did you mean %q?", s+"s")
	}
	return 0, pr
}

// formatDuration is d.String() without the zeros at its end: "1h", not "1h0m0s".
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
