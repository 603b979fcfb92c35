package simulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseLoad(t *testing.T) {
	for text, want := range map[string]Load{
		"contest":               {Name: "contest", Kind: Contest, Priority: Normal, N: 1000, Rate: 2000.0 / 3600, For: time.Hour, Last: 10 * time.Minute},
		"contest,n=90,rate=6/m": {Name: "contest", Kind: Contest, Priority: Normal, N: 90, Rate: 0.1, For: time.Hour, Last: 10 * time.Minute},
		"steady,rate=36/h,name=x,for=5m,at=1m,priority=high": {Name: "x", Kind: Steady, Rate: 0.01, For: 5 * time.Minute, At: time.Minute},
		"batch,n=5,window=3,priority=low":                    {Name: "batch", Kind: Batch, Priority: Low, N: 5, Window: 3},
		"replay":                                             {Name: "replay", Kind: Replay, Priority: Normal, Window: AsFarm},
	} {
		if got, err := ParseLoad(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "batch,x=1", "batch,n", "batch,n=x", "steady,rate=5/d", "steady,rate=/s", "batch,priority=none", "contest,for=1", "batch,,", "batch,window=-1"} {
		var usage *UsageError
		if l, err := ParseLoad(text); !errors.As(err, &usage) || usage.Hint == "" {
			t.Errorf("%q: %+v, %v, want a UsageError", text, l, err)
		}
	}
}

func TestParseDistribution(t *testing.T) {
	mean := func(text string) float64 {
		d, err := ParseDistribution(text, 10_000, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		sum := time.Duration(0)
		for seed := range uint64(10) {
			sum += d.Draw((&Config{Seed: seed}).random(1)).Work() - time.Second
		}
		return sum.Seconds() / 1e5
	}
	for text, want := range map[string]float64{"fixed:50ms": 0.05, "exponential:50ms": 0.05, "lognormal:50ms:1": 0.05 * math.Exp(0.5)} {
		if got := mean(text); math.Abs(got-want) > 0.05*want {
			t.Errorf("%s: mean %v, want %v", text, got, want)
		}
	}
	if _, err := ParseDistribution("fixed:1s", 100_000, 0); err == nil {
		t.Error("100000 cases are taken")
	}
	for _, text := range []string{"", "fixed", "fixed:1", "fixed:-1s", "fixed:1s:1", "lognormal:1s", "lognormal:1s:x", "lognormal:1s:9", "gamma:1s"} {
		if _, err := ParseDistribution(text, 1, 0); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestParseCosts(t *testing.T) {
	base := Costs{Publish: 1, Pull: 2, Ack: 3}
	if got, err := ParseCosts("publish=1ms,kv_read=3us", base); err != nil || got != (Costs{Publish: time.Millisecond, Pull: 2, Read: 3 * time.Microsecond, Ack: 3}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ParseCosts("7us", base); err != nil || got[Publish] != 7*time.Microsecond || got[Put] != 7*time.Microsecond {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "x", "publish", "publish=", "nothing=1ms", "-1ms", "ack=1h"} {
		if _, err := ParseCosts(text, base); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestReadResults(t *testing.T) {
	const result = `{"version":1,"verdict":"AC","compile":{"ok":true,"cached":false,"report":{"setup_ns":1,"wall_time_ns":20,"teardown_ns":300}},
		"cases":[{"report":{"setup_ns":2,"wall_time_ns":30,"teardown_ns":400}},{"report":null},
		{"report":{"setup_ns":1,"wall_time_ns":10,"teardown_ns":1},"measured":[{"wall_time_ns":10},{"wall_time_ns":50}]},
		{"report":{"setup_ns":-5,"wall_time_ns":9223372036854775807}}]}`
	m, err := ReadResults(strings.NewReader(result + `{"version":1,"submissions":[{"version":1,"verdict":"CE","compile":{"cached":true,"report":{"wall_time_ns":9}},"cases":[]}],"summary":{}}`))
	if err != nil || len(m) != 2 {
		t.Fatal(m, err)
	}
	want := []time.Duration{432, 0, 2*2 + 60, 24 * time.Hour}
	if m[0].Compile != 321 || len(m[0].Cases) != 4 {
		t.Fatalf("%+v", m[0])
	}
	for i, d := range want {
		if m[0].Cases[i] != d {
			t.Errorf("case %d: %d, want %d", i, m[0].Cases[i], d)
		}
	}
	if m[1].Compile != 0 || len(m[1].Cases) != 0 {
		t.Errorf("%+v", m[1])
	}
	for _, text := range []string{"", "{}", `{"version":2,"verdict":"AC"}`, `{"version":1}`, result[:100], "x"} {
		if m, err := ReadResults(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %+v", text, m)
		}
	}
}

// What is in the program is what real gradings took.
func TestDefault(t *testing.T) {
	c := Default()
	m := c.Service.(Measured)
	compiled, cases := 0, 0
	for _, p := range m {
		if p.Compile > 0 {
			compiled++
		}
		cases += len(p.Cases)
	}
	if len(m) < 50 || compiled < 20 || cases < 100 {
		t.Errorf("%d submissions, %d compiled, %d cases", len(m), compiled, cases)
	}
	for k, cost := range c.Costs {
		if cost <= 0 {
			t.Errorf("%v costs nothing", Kind(k))
		}
	}
}

func TestCommand(t *testing.T) {
	var out bytes.Buffer
	if err := Command(strings.Fields("--json --workers 2,3 --load batch,n=10 --load steady,rate=1,for=1m,priority=high --service fixed:1s --cases 1 --compile 0s"), &out); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&out)
	for _, workers := range []int{2, 3} {
		var r struct {
			Version int
			Config  struct {
				Workers int
				Costs   map[string]int64 `json:"message_costs_ns"`
			}
			Submissions Counts
			Loads       []LoadResult
			Engine      struct{ Messages map[Kind]Messages }
		}
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Version != Version || r.Config.Workers != workers || r.Loads[0].Counts.Done != 10 || r.Loads[1].Name != "steady" || r.Submissions.Done != r.Submissions.Arrived {
			t.Errorf("%+v", r)
		}
		if r.Engine.Messages[Publish].Count != r.Submissions.Arrived || r.Config.Costs["ack"] != int64(Default().Costs[Ack]) {
			t.Errorf("%+v", r)
		}
	}
	out.Reset()
	if err := Command(strings.Fields("--workers 2 --load batch,n=10 --load batch,name=other,n=1 --loss 1"), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 workers of 1 job\n", "11 arrived, 11 done\n", "other ", "saturates at ", " p95 ", "kv_create "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	for _, line := range []string{"x", "--workers x", "--workers 0", "--load x", "--service x", "--results a --service fixed:1s", "--sizes --json", "--message-cost x", "--load replay --service fixed:1s",
		"--loss -1", "--ack-wait 0s"} {
		var usage *UsageError
		if err := Command(strings.Fields(line), &bytes.Buffer{}); !errors.As(err, &usage) || usage.Hint == "" {
			t.Errorf("%s: %v, want a UsageError", line, err)
		}
	}
	if err := Command([]string{"--results", "/nowhere"}, &bytes.Buffer{}); err == nil || errors.As(err, new(*UsageError)) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestSizes(t *testing.T) {
	var out bytes.Buffer
	c := farmOf(1, fixed(1, 10*time.Millisecond))
	c.Costs[Publish] = time.Millisecond
	if err := printSizes(&out, c, []int{10, 1000}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+len(bursts)+3 || lines[0] != "| submissions in the last ten minutes | 10 workers | 1000 workers |" {
		t.Fatalf("%s", &out)
	}
	// A worker does 100 a second, the engine 1000.
	if lines[6] != "| saturates at, submissions a second | 1000 | 1000 |" || lines[2] != "| 100 | 11ms | 11ms |" {
		t.Errorf("%s", &out)
	}
}

// A batch's window is the farm's, of as many workers as there are; the caller's load stays as it is.
func TestFarmsWindow(t *testing.T) {
	for hands, want := range map[int]int{1: 128, 100: 400, 10_000: 20_000} {
		if got := windowFor(hands); got != want {
			t.Errorf("%d hands: %d", hands, got)
		}
	}
	last := func(window int) time.Duration {
		c := farmOf(100, fixed(1, time.Second), batchOf("b", 2000, window), batchOf("other", 2000, 1200))
		r, err := Run(c)
		if err != nil || c.Loads[0].Window != window {
			t.Fatal(err, c.Loads[0].Window)
		}
		return r.Loads[1].Last
	}
	if own, same, other := last(AsFarm), last(400), last(1200); own != same || own == other {
		t.Errorf("as the farm %v, by a window of 400 %v, of 1200 %v", own, same, other)
	}
}
