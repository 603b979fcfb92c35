package simulate

import (
	"math"
	"time"
)

// Times sum up how long something took. Quantiles are at most 1 % too large.
type Times struct {
	Count int64         `json:"count"`
	Mean  time.Duration `json:"mean_ns"`
	P50   time.Duration `json:"p50_ns"`
	P95   time.Duration `json:"p95_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// growth is by how much a bucket of a histogram is larger than the one before, and
// finest the end of the first.
const (
	growth = 1.01
	finest = time.Microsecond
)

var logGrowth = math.Log(growth)

// histogram counts durations in buckets that grow, so that a million take no more memory than ten.
type histogram struct {
	counts []int64
	n      int64
	sum    float64 // seconds
	most   time.Duration
}

func (h *histogram) add(d time.Duration) {
	i := 0
	if d > finest {
		i = 1 + int(math.Log(float64(d)/float64(finest))/logGrowth)
	}
	for len(h.counts) <= i {
		h.counts = append(h.counts, 0)
	}
	h.counts[i]++
	h.n++
	h.sum += d.Seconds()
	h.most = max(h.most, d)
}

// quantile is the end of the bucket in which the value of the nearest rank is.
func (h *histogram) quantile(q float64) time.Duration {
	rank, seen := max(1, int64(math.Ceil(q*float64(h.n)))), int64(0)
	for i, n := range h.counts {
		if seen += n; seen < rank {
			continue
		}
		if i == 0 {
			return 0 // below a microsecond is nothing
		}
		return min(h.most, time.Duration(float64(finest)*math.Pow(growth, float64(i))))
	}
	return h.most
}

func (h *histogram) times() Times {
	if h.n == 0 {
		return Times{}
	}
	return Times{Count: h.n, Mean: seconds(h.sum / float64(h.n)), P50: h.quantile(0.50), P95: h.quantile(0.95), P99: h.quantile(0.99), Max: h.most}
}

// seconds is so many as a duration.
func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
