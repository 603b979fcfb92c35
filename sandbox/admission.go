package sandbox

import (
	"context"
	"errors"
	"fmt"

	"judge/policy"
	"judge/sandbox/internal/lease"
)

// An Admission admits the runs of a grader, in an order with those of all graders
// that keep their leases in the same place (all of root's, or of one user's): the sum
// of the memory limits of what runs does not exceed what the host has, and one run at
// a time can have the machine for itself. A grader that is killed holds nothing any
// more. Runs by judge run count as well, but wait for nobody; and where they may take so much
// that nothing fits beside them, one run of all graders is admitted at a time.
//
// It is safe for use by several goroutines.
type Admission struct {
	ledger *lease.Ledger
	most   policy.Bytes
}

// A Request is what a run, or several that run side by side, are admitted with.
type Request struct {
	Memory policy.Bytes // the limit, or the sum of limits; 0 counts nothing
	Alone  bool         // no other run of any grader meanwhile
}

// NewAdmission joins the graders of this host. Close leaves them.
func NewAdmission() (*Admission, error) {
	may, err := findRights(true)
	if err != nil {
		return nil, err
	}
	h, err := probe(may, cgroupWish{})
	if err != nil {
		return nil, err
	}
	place, err := h.cgroups.Room()
	if err != nil {
		return nil, fmt.Errorf("find the memory limit of judge's cgroup: %w", err)
	}
	room := lease.Room{Host: h.memory - reserve(h.memory), Place: place.Memory, Name: place.Name, Path: place.Path}
	ledger, err := lease.NewLedger(may.run, room)
	if err != nil {
		return nil, err
	}
	return &Admission{ledger: ledger, most: policy.Bytes(room.Most()) &^ 4095}, nil
}

// reserve is what the host's kernel, its services and judge itself keep of its
// memory: a sixteenth, within bounds.
func reserve(memory int64) int64 { return min(max(memory/16, 64<<20), 1<<30) }

// Most is the largest memory limit that can be admitted.
func (a *Admission) Most() policy.Bytes { return a.most }

// Admit waits for its turn, or for the end of ctx. The function gives back what was
// taken, and is to be called once. A request for more than Most is a [*UsageError].
func (a *Admission) Admit(ctx context.Context, q Request) (func(), error) {
	release, err := a.ledger.Admit(ctx, lease.Request{Bytes: int64(q.Memory), Alone: q.Alone})
	if errors.Is(err, lease.ErrTooLarge) {
		return nil, &UsageError{What: fmt.Sprintf("run with a memory limit of %v: this host has %v for all runs together", q.Memory, a.most),
			Hint: "lower the limit, or take a host with more memory"}
	}
	return release, err
}

// Heard tells all graders of the host how a run went that was alone: whether it was
// disturbed all the same.
func (a *Admission) Heard(disturbed bool) { a.ledger.Heard(disturbed) }

// Quiet says whether it helps to be alone on this host, as far as is known: it does not
// for a minute after a run was disturbed though it was alone, by others than graders.
func (a *Admission) Quiet() bool { return a.ledger.Quiet() }

// Close gives back all that the grader holds.
func (a *Admission) Close() error { return a.ledger.Close() }
