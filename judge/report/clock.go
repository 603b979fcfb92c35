package report

import (
	"fmt"
	"strings"
	"time"

	"judge/judge"
)

// clockText says of a case how its time was measured, where that matters: where it was
// measured more than once, or where the time may not be trusted and half of the limit is
// used up. "" where it does not.
func clockText(c judge.CaseResult, limit time.Duration) string {
	var parts []string
	if c.Nondeterministic {
		parts = append(parts, "It did not do the same each time.")
	}
	if len(c.Measured) > 1 {
		list := make([]string, len(c.Measured))
		for i, m := range c.Measured {
			list[i] = fmt.Sprintf("%s %v", m.Verdict, m.CPUTime.Round(100*time.Microsecond))
			if m.Alone {
				list[i] += " alone"
			}
			if m.Counts {
				list[i] += " (counts)"
			}
		}
		parts = append(parts, fmt.Sprintf("Measured %d times: %s.", len(list), strings.Join(list, ", ")))
	}
	if close := c.Report != nil && 2*time.Duration(c.Report.CPUTime) > limit; len(c.Measured) > 1 || c.Confidence == judge.Low && close {
		text := string(c.Confidence) + " confidence"
		if len(c.Reasons) > 0 {
			text += ": " + strings.Join(c.Reasons, "; ")
		}
		parts = append(parts, strings.ToUpper(text[:1])+text[1:]+".")
	}
	return strings.Join(parts, " ")
}
