package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Profile is how long grading one submission takes, if nobody is in the way.
type Profile struct {
	Compile time.Duration   // once on a worker, which keeps what was made
	Cases   []time.Duration // those that are judged, in order
}

// Work is all of it together.
func (p Profile) Work() time.Duration {
	sum := p.Compile
	for _, d := range p.Cases {
		sum += d
	}
	return sum
}

// A Service says what the next submission takes.
type Service interface {
	Draw(*rand.Rand) Profile
}

// Measured are profiles of real gradings; each submission is like one of them, any.
type Measured []Profile

// Draw takes one at random.
func (m Measured) Draw(r *rand.Rand) Profile { return m[r.IntN(len(m))] }

// A Distribution makes submissions whose cases take times of one distribution,
// independently.
type Distribution struct {
	Compile time.Duration
	Cases   int
	Case    func(*rand.Rand) time.Duration
}

// Draw makes a submission.
func (d Distribution) Draw(r *rand.Rand) Profile {
	p := Profile{Compile: d.Compile, Cases: make([]time.Duration, d.Cases)}
	for i := range p.Cases {
		p.Cases[i] = d.Case(r)
	}
	return p
}

// Fixed is always the same time.
func Fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

// Exponential has this mean.
func Exponential(mean time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.ExpFloat64() * float64(mean)) }
}

// Lognormal has this median, and sigma is the deviation of its logarithm: about two in
// three are within a factor of exp(sigma). No time is longer than a day.
func Lognormal(median time.Duration, sigma float64) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration {
		return time.Duration(min(float64(median)*math.Exp(sigma*r.NormFloat64()), float64(24*time.Hour)))
	}
}
