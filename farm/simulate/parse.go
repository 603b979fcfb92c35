package simulate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is written on a command line: loads, distributions, costs.

const loadHint = "KIND[,KEY=VALUE]..., as contest,n=1000,rate=200/h or batch,n=5000,priority=low; judge-farm simulate --help says more"

// ParseLoad reads KIND[,KEY=VALUE]... What is not said is what farm does, or what a
// contest of an hour is like.
func ParseLoad(text string) (Load, error) {
	kind, rest, _ := strings.Cut(text, ",")
	l := Load{Name: kind, Kind: LoadKind(kind), Priority: Normal}
	switch l.Kind {
	case Steady:
		l.Rate, l.For = 1, time.Hour
	case Contest:
		l.N, l.Rate, l.For, l.Last = 1000, math.NaN(), time.Hour, 10*time.Minute
	case Batch:
		l.N, l.Window = 1000, AsFarm
	case Replay:
		l.Window = AsFarm
	default:
		return l, &UsageError{What: fmt.Sprintf("there is no load %q", kind), Hint: "steady, contest, batch or replay"}
	}
	for rest != "" {
		var word string
		word, rest, _ = strings.Cut(rest, ",")
		key, value, _ := strings.Cut(word, "=")
		if err := l.set(key, value); err != nil {
			return l, &UsageError{What: fmt.Sprintf("load %q: %q: %v", text, word, err), Hint: loadHint}
		}
	}
	if math.IsNaN(l.Rate) {
		l.Rate = 2 * float64(l.N) / 3600
	}
	return l, nil
}

func (l *Load) set(key, value string) (err error) {
	switch key {
	case "name":
		l.Name = value
	case "n":
		l.N, err = strconv.Atoi(value)
	case "window":
		if l.Window, err = strconv.Atoi(value); err == nil && l.Window < 0 {
			return fmt.Errorf("0 is no bound")
		}
	case "rate":
		l.Rate, err = parseRate(value)
	case "for":
		l.For, err = time.ParseDuration(value)
	case "last":
		l.Last, err = time.ParseDuration(value)
	case "at":
		l.At, err = time.ParseDuration(value)
	case "priority":
		i := slices.Index(priorityNames[:], value)
		if i < 0 {
			return fmt.Errorf("there is no priority %q", value)
		}
		l.Priority = Priority(i)
	default:
		return fmt.Errorf("there is no key %q: name, n, rate, for, last, at, priority or window", key)
	}
	return err
}

// parseRate reads 5/s, 300/m or 20/h as a number a second.
func parseRate(text string) (float64, error) {
	number, unit, _ := strings.Cut(text, "/")
	per, known := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}[unit]
	if !known {
		return 0, fmt.Errorf("a rate is as 5/s, 300/m or 20/h")
	}
	n, err := strconv.ParseFloat(number, 64)
	return n / per, err
}

// ParseDistribution reads fixed:D, exponential:MEAN or lognormal:MEDIAN:SIGMA, of
// the time of a case.
func ParseDistribution(text string, cases int, compile time.Duration) (Distribution, error) {
	bad := func(err error) (Distribution, error) {
		what := fmt.Sprintf("--service %s", text)
		if err != nil {
			what += ": " + err.Error()
		}
		return Distribution{}, &UsageError{What: what, Hint: "fixed:50ms, exponential:50ms or lognormal:50ms:1.0"}
	}
	d := Distribution{Cases: cases, Compile: compile}
	words := strings.Split(text, ":")
	if len(words) < 2 || (words[0] == "lognormal") != (len(words) == 3) || len(words) > 3 {
		return bad(nil)
	}
	t, err := time.ParseDuration(words[1])
	if err != nil || t < 0 || t > time.Hour {
		return bad(err)
	}
	switch words[0] {
	case "fixed":
		d.Case = Fixed(t)
	case "exponential":
		d.Case = Exponential(t)
	case "lognormal":
		sigma, err := strconv.ParseFloat(words[2], 64)
		if err != nil || !(sigma >= 0 && sigma <= 5) {
			return bad(err)
		}
		d.Case = Lognormal(t, sigma)
	default:
		return bad(nil)
	}
	if cases < 0 || cases > 10_000 || compile < 0 || compile > time.Hour {
		return Distribution{}, &UsageError{What: fmt.Sprintf("%d cases, compiled in %v", cases, compile), Hint: "0 to 10000 cases, an hour at most"}
	}
	return d, nil
}

// ParseCosts reads D for all kinds of messages, or KIND=D,... for some; the others keep what they are.
func ParseCosts(text string, costs Costs) (Costs, error) {
	const hint = "as 50us, or publish=1ms,pull=30us; kinds: publish, pull, kv_read, in_progress, kv_create, ack, kv_put"
	for word := range strings.SplitSeq(text, ",") {
		name, value, one := strings.Cut(word, "=")
		if !one {
			name, value = "", word
		}
		d, err := time.ParseDuration(value)
		if err == nil && (d < 0 || d > time.Minute) {
			err = fmt.Errorf("0 to a minute")
		}
		k := slices.Index(kindNames[:], name)
		if err == nil && one && k < 0 {
			err = fmt.Errorf("there is no such message")
		}
		if err != nil {
			return costs, &UsageError{What: fmt.Sprintf("--message-cost %s: %v", word, err), Hint: hint}
		}
		for i := range costs {
			if !one || i == k {
				costs[i] = d
			}
		}
	}
	return costs, nil
}
