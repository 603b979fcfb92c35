package simulate

import "time"

// All that follows was measured on a virtual machine of two cores, kernel 6.18, that had other
// work, too: a farm of its own machines does better.

// measuredOverhead is what a case takes beyond what is in its report: the median of six
// gradings of a package with 300 cases, judge grade --no-cache --jobs 1, whole process less all reports.
const measuredOverhead = 1200 * time.Microsecond

// measuredCosts are the medians of BenchmarkCosts, five times. What is written waits for the
// disk (SyncAlways), a virtual one with ext4.
var measuredCosts = Costs{
	Publish:  314 * time.Microsecond,
	Pull:     29 * time.Microsecond,
	Read:     43 * time.Microsecond,
	Progress: 3 * time.Microsecond,
	Create:   509 * time.Microsecond,
	Ack:      250 * time.Microsecond,
	Put:      12 * time.Microsecond,
}
