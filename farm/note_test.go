package farm

import (
	"testing"
	"time"
)

// What a batch is taken for stays: whoever may write it could else have it judged by other terms than those that were looked at.
func TestNoteTwice(t *testing.T) {
	h := newHost(t)
	f, _ := h.farm(quick())
	pkg, _ := contest(t, 1, 0)
	court, _ := prepared(t, f, pkg)
	w := NewWorker(f, WorkerOptions{Bench: newBench(1), Cache: newCache(t, f, 0), Dir: t.TempDir(), Warn: func(text string) { t.Error(text) }})
	first := court.batch
	w.note(t.Context(), first)
	l := w.live[first.ID]
	if l == nil || !l.ours {
		t.Fatalf("it is taken as %+v", l)
	}
	second := first
	second.Class, second.Priority, second.Limits, second.CPU, second.Created = "not a name", Low, "else", "x", time.Now()
	second.Terms.Policy, second.Terms.Rootfs, second.Roots = "else", "else", []Root{{Name: "else"}}
	second.State, second.Items, second.Alone = Sent, 7, true
	w.note(t.Context(), second)
	got := w.batchOf(l)
	if got.Class != first.Class || got.Priority != first.Priority || got.Limits != first.Limits || got.CPU != first.CPU || got.Terms.Policy != first.Terms.Policy ||
		got.Terms.Rootfs != first.Terms.Rootfs || len(got.Roots) != len(first.Roots) {
		t.Errorf("it became %+v", got)
	}
	if got.State != Sent || got.Items != 7 || !got.Alone || len(w.pulls) != len(Priorities())+1 {
		t.Errorf("what goes on with it is %+v, with %d pulls", got, len(w.pulls))
	}
}
