package farm

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// shares says whose jobs a worker takes next: of the users whose jobs wait with the same priority each gets of its time by his
// weight. It is stride scheduling (Waldspurger and Weihl 1995): what a job takes, divided by its user's weight, moves
// him on, and who is least far is next. Who had nothing to do begins where the others are. Each worker does so by itself: then it is so for all
// of them together. Among a user's own pulls it is the turn of the one that was not asked for longest.
type shares struct {
	mu      sync.Mutex
	weights map[string]float64
	lines   map[line]*stride
	turns   map[string]int // when each pull was last asked successfully
	turn    int
	now     [3]float64 // by rank: how far he was whose job was taken last
	cost    func(took time.Duration) float64
}

// A line is the jobs of a user, with one priority.
type line struct {
	user string
	rank int
}

type stride struct {
	pass  float64 // how far he is
	idle  bool    // nothing waited when he was asked last
	usual float64 // what a job costs
}

func newShares() *shares {
	return &shares{weights: map[string]float64{}, lines: map[line]*stride{}, turns: map[string]int{}, cost: time.Duration.Seconds}
}

// weigh says what a user's weight is.
func (s *shares) weigh(user string, weight float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weights[user] = weight
}

func (s *shares) weight(user string) float64 {
	if w := s.weights[user]; w > 0 {
		return w
	}
	return 1
}

// of is how far a user is; the caller has the lock.
func (s *shares) of(l line) *stride {
	if s.lines[l] == nil {
		s.lines[l] = &stride{idle: true, usual: s.cost(time.Second)}
	}
	return s.lines[l]
}

// at is how far a user is when he begins again.
func (s *shares) at(l line) float64 {
	if t := s.of(l); !t.idle {
		return t.pass
	}
	return max(s.of(l).pass, s.now[l.rank])
}

// order sorts pulls: by priority, then by who is least far, then by turns.
func (s *shares) order(pulls []pull) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(pulls, func(a, b pull) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(s.at(a.line()), s.at(b.line())), cmp.Compare(a.user, b.user),
			cmp.Compare(s.turns[a.name], s.turns[b.name]), cmp.Compare(a.name, b.name))
	})
}

// first is the place of the delivery that is next.
func (s *shares) first(list []*delivery) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := 0
	for i, d := range list {
		if d.rank < list[best].rank || d.rank == list[best].rank && d.start < list[best].start {
			best = i
		}
	}
	return best
}

// rested says that nothing waited in any of a user's pulls.
func (s *shares) rested(l line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(l).idle = true
}

// charge moves a user on by what a job of his costs usually; settle puts that right. It says where he was.
func (s *shares) charge(p pull) (start, charged float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.of(p.line())
	start = s.at(p.line())
	t.idle = false
	t.pass = start + t.usual/s.weight(p.user)
	s.now[p.rank] = max(s.now[p.rank], start)
	s.turn++
	s.turns[p.name] = s.turn
	return start, t.usual
}

// settle says how long a job took that was charged for.
func (s *shares) settle(l line, charged float64, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, cost := s.of(l), s.cost(took)
	t.pass += (cost - charged) / s.weight(l.user)
	t.usual += (cost - t.usual) / 8
}

// forget drops what is known of pulls that are no more.
func (s *shares) forget(pulls []pull) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.turns {
		if !slices.ContainsFunc(pulls, func(p pull) bool { return p.name == name }) {
			delete(s.turns, name)
		}
	}
}
