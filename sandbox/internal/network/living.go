package network

import (
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"
)

// alive says whether the process still has the hub open.
func (r *record) alive() bool {
	var st unix.Stat_t
	return unix.Stat(r.path(), &st) == nil && idOf(&st) == r.hub()
}

// counts asks the kernel, once, whether a record is a living run's. Of many runs at
// once each looks at the record twice: what it does not have to know it does not ask.
func (l *ledger) counts(slot int) bool {
	yes, known := l.proven[slot]
	if !known {
		r, there := l.records[slot]
		yes = there && r.alive() && l.held(slot)
		l.proven[slot] = yes
	}
	return yes
}

// those are the records that are a condition's, and count.
func (l *ledger) those(of func(*record) bool) iter.Seq2[int, record] {
	return func(yield func(int, record) bool) {
		for slot, r := range l.records {
			if of(&r) && l.counts(slot) && !yield(slot, r) {
				return
			}
		}
	}
}

func anybody(*record) bool { return true }

// empty says that no run is in any hub.
func (l *ledger) empty() bool {
	for range l.those(anybody) {
		return false
	}
	return true
}

// taken says who has an address in a hub's subnet.
func (l *ledger) taken(bridge string) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		_, ok := l.holder(bridge, a)
		return ok
	}
}

func (l *ledger) holder(bridge string, a netip.Addr) (int, bool) {
	for slot := range l.those(func(r *record) bool { return r.addr() == a && r.bridge() == bridge }) {
		return slot, true
	}
	return 0, false
}
