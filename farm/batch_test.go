package farm

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// Of several who change a batch at once none undoes what another one did, nor fails.
func TestChangedAtOnce(t *testing.T) {
	h := newHost(t)
	f, _ := h.farm(quick())
	pkg, _ := contest(t, 1, 0)
	court, _ := prepared(t, f, pkg)
	changedAtOnce(t, f, court.ID())
}

// changedAtOnce has a batch changed by several at once.
func changedAtOnce(t *testing.T, f *Farm, id string) {
	t.Helper()
	const many = 8
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			_, err := f.alter(t.Context(), id, func(Batch) bool { return true }, func(b *Batch) {
				if name := fmt.Sprint("w", i); !slices.Contains(b.Without, name) { // else the answer to an earlier try was lost
					b.Without = append(b.Without, name)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if b, err := f.Batch(t.Context(), id); err != nil || len(b.Without) != many {
		t.Errorf("of %d changes there are %v, %v", many, b.Without, err)
	}
}
