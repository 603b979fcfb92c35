package simulate

// A Priority of jobs; a lower number is taken first.
type Priority uint8

// The priorities, each with a consumer of its own.
const (
	High Priority = iota
	Normal
	Low
	priorities
)

var priorityNames = [priorities]string{"high", "normal", "low"}

func (p Priority) String() string { return priorityNames[p] }

// MarshalText is the priority's name.
func (p Priority) MarshalText() ([]byte, error) { return []byte(priorityNames[p]), nil }

// queue holds the jobs that wait: the highest priority is first, within it what is
// delivered anew, then it is first come, first served. Loads share a farm by how many
// submissions each may have on their way.
type queue struct {
	again, fresh [priorities]fifo[*job]
	live         [priorities]int // that are not settled meanwhile
}

func (q *queue) push(p Priority, j *job, again bool) {
	q.live[p]++
	if again {
		q.again[p].push(j)
	} else {
		q.fresh[p].push(j)
	}
}

// pop takes the next job of a priority, nil if there is none.
func (q *queue) pop(p Priority) *job {
	for q.live[p] > 0 {
		from := &q.fresh[p]
		if q.again[p].len() > 0 {
			from = &q.again[p]
		}
		if j := from.pop(); !j.settled {
			q.live[p]--
			return j
		}
	}
	return nil
}

// fifo is first in, first out.
type fifo[T any] struct {
	list []T
	head int
}

func (f *fifo[T]) len() int { return len(f.list) - f.head }

func (f *fifo[T]) push(v T) { f.list = append(f.list, v) }

// pop takes the first; there must be one.
func (f *fifo[T]) pop() T {
	var none T
	v := f.list[f.head]
	f.list[f.head] = none
	f.head++
	if f.head == len(f.list) {
		f.list, f.head = f.list[:0], 0
	} else if f.head > 1024 && 2*f.head > len(f.list) {
		n := copy(f.list, f.list[f.head:])
		clear(f.list[n:])
		f.list, f.head = f.list[:n], 0
	}
	return v
}
