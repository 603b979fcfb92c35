package filter

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// A Recording holds the calls that runs of a program made. Its methods may be
// called while a run goes on.
type Recording struct {
	base  seccomp.Spec
	specs []seccomp.Spec // that the calls will be held against, the base among them

	mu     sync.Mutex
	seen   map[point]int64
	looked map[string]uint8 // the arguments that matter, a bit for each
	many   map[string]int   // different arguments of a call
	calls  int64
	alien  *Call
}

// A point is a call with those of its arguments that some condition looks at.
type point struct {
	name string
	args [6]uint64
}

// maxPoints bounds the different arguments of one call that are told apart.
const maxPoints = 4096

// NewRecording begins a recording over a policy's filter, which says how calls
// are answered. others are filters that it will be held against.
func NewRecording(base policy.Seccomp, others ...policy.Seccomp) (*Recording, error) {
	r := &Recording{seen: map[point]int64{}, looked: map[string]uint8{}, many: map[string]int{}}
	for _, p := range append([]policy.Seccomp{base}, others...) {
		s, err := seccomp.Resolve(p)
		if err != nil && !(len(r.specs) == 0 && errors.Is(err, seccomp.ErrEmpty)) {
			return nil, err
		}
		if err != nil { // no filter
			s = seccomp.Spec{Default: seccomp.Allow}
		}
		r.specs = append(r.specs, s)
	}
	r.base = r.specs[0]
	return r, nil
}

// Answer takes a call down and says how it is answered: with an error, or, if
// that is 0, by making it. ok is false for a call that no policy can allow, so
// that the run has to end.
func (r *Recording) Answer(c Call) (answer syscall.Errno, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if _, named := seccomp.Number(seccomp.Native(), c.Name); !named || c.Arch != seccomp.Native().String() {
		r.alien = &c
		return 0, false
	}
	p := point{name: c.Name}
	looked := r.matters(c.Name)
	for i := range c.Args {
		if looked&(1<<i) != 0 {
			p.args[i] = c.Args[i]
		}
	}
	if r.seen[p] == 0 {
		if r.many[c.Name]++; r.many[c.Name] > maxPoints {
			return 0, false
		}
	}
	r.seen[p]++
	if errno, refused := r.base.Action(p.name, p.args).Errno(); refused {
		return errno, true
	}
	return 0, true
}

// Err says why a run was ended by the recording, if it was.
func (r *Recording) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alien != nil {
		return fmt.Errorf("no policy can allow %v", *r.alien)
	}
	for name, n := range r.many {
		if n > maxPoints {
			return fmt.Errorf("%s came with more than %d different arguments that a filter looks at", name, maxPoints)
		}
	}
	return nil
}

// Count is how many calls were recorded, and of how many names.
func (r *Recording) Count() (calls int64, names int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls, len(r.many)
}

// Started is how many processes and threads were started, as far as nothing
// refused them.
func (r *Recording) Started() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var n int64
	for p, count := range r.seen {
		switch p.name {
		case "clone", "clone3", "fork", "vfork":
			if _, refused := r.base.Action(p.name, p.args).Errno(); !refused {
				n += count
			}
		}
	}
	return n
}

// matters are the arguments that some filter's conditions, or those of the
// policy that will be learnt, look at.
func (r *Recording) matters(name string) uint8 {
	looked, known := r.looked[name]
	if known {
		return looked
	}
	for _, a := range watched(name) {
		looked |= 1 << a.arg
	}
	for _, s := range r.specs {
		for _, rule := range s.Rules(name) {
			for _, c := range rule.When {
				looked |= 1 << c.Arg
			}
		}
	}
	r.looked[name] = looked
	return looked
}

// UsesInternet says whether a socket of IP was asked for and not refused.
func (r *Recording) UsesInternet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.seen {
		if family := uint32(p.args[0]); p.name == "socket" && (family == unix.AF_INET || family == unix.AF_INET6) {
			if _, refused := r.base.Action(p.name, p.args).Errno(); !refused {
				return true
			}
		}
	}
	return false
}
