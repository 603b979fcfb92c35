package simulate

import "time"

// All that follows was measured on a virtual machine of two cores, kernel 6.18, that had other
// work, too: a farm of its own machines does better.

// measuredOverhead is what a case takes beyond what is in its report: the median of six
// gradings of a package with 300 cases, judge grade --no-cache --jobs 1, whole process less all reports.
const measuredOverhead = 1200 * time.Microsecond

// measuredCosts are the medians of five runs with an embedded server (SyncAlways, store on ext4),
// 64 senders and a watcher: time by messages. What is written waits for the disk.
var measuredCosts = Costs{
	Publish:  710 * time.Microsecond,
	Pull:     37 * time.Microsecond,
	Read:     31 * time.Microsecond,
	Progress: 6 * time.Microsecond,
	Create:   1060 * time.Microsecond,
	Ack:      380 * time.Microsecond,
	Put:      20 * time.Microsecond,
}
