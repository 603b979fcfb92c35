package harness

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// slowness is how many times longer everything may take: an emulated processor
// (testcases/vm) needs for some system calls twenty times as long.
func slowness() time.Duration {
	if os.Getenv("JUDGE_VM") != "" {
		return 10
	}
	return 1
}

// patient gives the case more time, by a factor, where time is only there to
// end it if something is wrong. What a limit of time must end keeps the limit,
// and may pass it by more; what measures time stays as it is. A signal comes
// later, too: the program must have begun.
func (c Case) patient(factor time.Duration) Case {
	timed := func(v Verdict) bool { return strings.HasSuffix(v.Word, "-time") || v.Word == "interrupted" }
	verdicts, err := parseVerdicts(c.Expect[0])
	switch {
	case factor == 1 || err != nil || c.Kind == "accounting":
		return c
	case slices.ContainsFunc(verdicts, timed):
		factor = min(factor, 3)
	default:
		c.Limits.CPU *= factor
		c.Limits.Wall *= factor
	}
	c.Host = slices.Clone(c.Host)
	for i := range c.Host {
		c.Host[i].After *= factor
	}
	c.Expect = slices.Clone(c.Expect)
	for i, line := range c.Expect {
		for _, word := range []string{"returns-within ", "cpu-time<=", "wall-time<="} {
			text, ok := strings.CutPrefix(line, word)
			if most, err := parseTime(strings.TrimSpace(text)); ok && err == nil {
				c.Expect[i] = word + strconv.FormatInt((factor*most).Milliseconds(), 10) + "ms"
			}
		}
	}
	return c
}
