package simulate

import "time"

// buckets is how many values a series has at most; at twice as many seconds it halves its resolution.
const buckets = 512

// A series keeps a level over time: the integral and the maximum in each of at most so
// many buckets, which are a second wide at first and get wider.
type series struct {
	width time.Duration
	area  []float64 // level × seconds
	most  []int64
}

// add says that the level was so high from one time to another.
func (s *series) add(from, to time.Duration, level int64) {
	if s.width == 0 {
		s.width = time.Second
	}
	for to > buckets*s.width {
		s.halve()
	}
	for from < to {
		i := int(from / s.width)
		end := min(to, time.Duration(i+1)*s.width)
		s.reach(i)
		s.area[i] += float64(level) * (end - from).Seconds()
		s.most[i] = max(s.most[i], level)
		from = end
	}
}

func (s *series) reach(i int) {
	for len(s.area) <= i {
		s.area, s.most = append(s.area, 0), append(s.most, 0)
	}
}

func (s *series) halve() {
	n := (len(s.area) + 1) / 2
	for i := range n {
		area, most := s.area[2*i], s.most[2*i]
		if 2*i+1 < len(s.area) {
			area, most = area+s.area[2*i+1], max(most, s.most[2*i+1])
		}
		s.area[i], s.most[i] = area, most
	}
	s.area, s.most, s.width = s.area[:n], s.most[:n], 2*s.width
}

// peak is the highest mean level of a bucket; the last one may be cut off at end.
func (s *series) peak(end time.Duration) float64 {
	peak := 0.0
	for i, area := range s.area {
		// Less than a whole second at the end says nothing.
		if width := min(s.width, end-time.Duration(i)*s.width); width >= time.Second || i == 0 && width > 0 {
			peak = max(peak, area/width.Seconds())
		}
	}
	return peak
}

// A level is a number that changes in time.
type level struct {
	value int64
	since time.Duration
	area  float64 // value × seconds
	most  int64
	when  time.Duration // first time at most
	series
}

// change adds to the level at a time, which is not before that of the last change.
func (l *level) change(now time.Duration, by int64) {
	l.settle(now)
	l.value += by
	if l.value > l.most {
		l.most, l.when = l.value, now
	}
}

// settle counts the level up to a time.
func (l *level) settle(now time.Duration) {
	if now > l.since {
		l.area += float64(l.value) * (now - l.since).Seconds()
		l.series.add(l.since, now, l.value)
		l.since = now
	}
}
