package farm

import "time"

// Settings are sizes and times of a farm. The zero value of each is a default.
type Settings struct {
	User string // whose batches those of this side are, where the server knows nobody by keys; "" is nobody's

	QueueJobs  int64 // jobs of a user in the queue at most; 100,000
	QueueBytes int64 // bytes of those at most, which the server keeps free for them; as many as it has space for

	// Guarded says of what is made that users have rights there, see keys.
	Guarded bool

	// Replicas is on how many servers of a cluster all lies; 0 is three in a cluster that has as many, else one. With
	// a number, what lies on fewer is put on as many.
	Replicas int

	// AckWait is how long a worker may be silent about a job before another one gets it; 30 s.
	AckWait time.Duration

	// Part is after how many judged cases a job ends, and the rest is sent as the next; 64.
	// Each is worth some milliseconds at least, so a job is worth more than the queue costs.
	Part int

	// WorkerLife is how long a worker that says nothing is listed; 30 s.
	WorkerLife time.Duration

	// Retry is how long the first retry of a failed job waits; 1 s.
	Retry time.Duration

	// Answer is how long one answer of the server is waited for, before it is asked again; 5 s.
	Answer time.Duration

	// Patience is how long whoever uses the server waits for it to come back; 2 min.
	Patience time.Duration
}

// deliveries are how often a job is tried.
const deliveries = 3

// maxDead is how many jobs DEAD keeps; the oldest go.
const maxDead = 10_000

func (s Settings) orDefaults() Settings {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&s.AckWait, 30*time.Second)
	set(&s.WorkerLife, 30*time.Second)
	set(&s.Retry, time.Second)
	set(&s.Answer, 5*time.Second)
	set(&s.Patience, 2*time.Minute)
	if s.QueueJobs <= 0 {
		s.QueueJobs = 100_000
	}
	if s.QueueBytes <= 0 {
		s.QueueBytes = -1
	}
	if s.Part <= 0 {
		s.Part = 64
	}
	return s
}
