package simulate

import (
	"slices"
	"testing"
	"time"
)

func TestArrivals(t *testing.T) {
	l := Load{Kind: Contest, Rate: 0.1, N: 1000, At: time.Minute, For: time.Hour, Last: 10 * time.Minute}
	next, last := l.arrivals((&Config{Seed: 1}).random(0), 0), []time.Duration{}
	for at, ok := next(); ok; at, ok = next() {
		last = append(last, at)
	}
	burst := l.At + l.For - l.Last
	before := slices.IndexFunc(last, func(at time.Duration) bool { return at >= burst })
	if !slices.IsSorted(last) || last[0] < l.At || last[len(last)-1] > l.At+l.For || len(last)-before != 1000 {
		t.Fatalf("%d before, %d in the last minutes, from %v to %v", before, len(last)-before, last[0], last[len(last)-1])
	}
	if before < 240 || before > 360 { // 300 ± 3.5 deviations
		t.Errorf("%d before, want about 300", before)
	}
	half := slices.IndexFunc(last, func(at time.Duration) bool { return at >= burst+l.Last/2 }) - before
	if half < 445 || half > 555 {
		t.Errorf("%d of 1000 in the first half of the last minutes", half)
	}
}

func TestHistogram(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	got := h.times()
	for q, v := range map[time.Duration]time.Duration{500: got.P50, 950: got.P95, 990: got.P99} {
		if want := q * time.Millisecond; v < want || float64(v) > 1.0101*float64(want) {
			t.Errorf("quantile %v, want %v, at most 1 %% more", v, want)
		}
	}
	if got.Max != time.Second || got.Mean != 500500*time.Microsecond || got.Count != 1000 {
		t.Errorf("%+v", got)
	}
	if (&histogram{}).times() != (Times{}) {
		t.Error("of nothing")
	}
}

func TestSeriesHalves(t *testing.T) {
	var l level
	l.change(0, 3)
	l.change(100*time.Second, 7)
	l.change(4000*time.Second, -10)
	area := 0.0
	for _, a := range l.series.area {
		area += a
	}
	if want := 3*100.0 + 10*3900; area != want || l.area != want || len(l.series.area) > buckets {
		t.Errorf("area %v and %v, want %v, in %d buckets", area, l.area, want, len(l.series.area))
	}
	if l.most != 10 || l.when != 100*time.Second || l.series.most[0] != 3 || l.series.peak(4000*time.Second) != 10 {
		t.Errorf("%d at %v", l.most, l.when)
	}
}

func TestAgendaSorts(t *testing.T) {
	r, a := (&Config{}).random(1), agenda{}
	for range 1000 {
		a.push(event{at: time.Duration(r.IntN(50))})
	}
	last := a.pop()
	for len(a.list) > 0 {
		e := a.pop()
		if e.before(&last) {
			t.Fatalf("%v/%d after %v/%d", e.at, e.seq, last.at, last.seq)
		}
		last = e
	}
}
