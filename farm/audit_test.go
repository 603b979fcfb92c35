package farm

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"judge/judge"
)

// auditsOf are the audits in results, and the results without them.
func auditsOf(t *testing.T, texts []string) (audits []judge.Audit, bare []string) {
	t.Helper()
	for _, text := range texts {
		var r judge.Result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if r.Audit == nil {
			t.Fatalf("no audit of %s", text)
		}
		audits = append(audits, *r.Audit)
		r.Audit = nil
		plain, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		bare = append(bare, string(plain))
	}
	return audits, bare
}

// elsewhere says that a submission was judged again, by one who had not judged it.
func elsewhere(t *testing.T, a judge.Audit) {
	t.Helper()
	if a.Missing != "" || len(a.Of) != 1 || len(a.By) != 1 || a.Of[0] == a.By[0] {
		t.Errorf("audited: %+v", a)
	}
}

// A worker that lies about a case is found out by another one, whoever of them is first; what honest ones come to is the same,
// and what stands is what stood.
func TestAudit(t *testing.T) {
	pkg, files := contest(t, 3, 8)
	want := local(t, pkg, files)
	st := quick()
	st.WorkerLife = 20 * time.Second
	for _, lie := range []string{"", "01"} {
		h := newHost(t)
		a, b := newBench(1), newBench(1)
		a.lie = lie
		fa, _ := h.farm(st)
		fb, _ := h.farm(st)
		begin(t, fa, a)
		begin(t, fb, b)
		f, _ := h.farm(st)
		s := send(t, f, CourtOptions{Audit: 100}, pkg, files)
		audits, bare := auditsOf(t, s.wait(t))
		for i, one := range audits {
			elsewhere(t, one)
			// Each fourth is wrong on that case anyway.
			if differs := strings.Join(one.Differs, "; "); strings.Contains(differs, "case secret/01: ") != (lie != "" && i%4 != 3) {
				t.Errorf("lie %q: of submission %d it says %q", lie, i, differs)
			}
		}
		if lie == "" {
			same(t, bare, want)
		}
		list, err := f.Batches(context.Background())
		if err != nil || len(list) < 2 {
			t.Errorf("there are %d batches, %v", len(list), err)
		}
		for _, b := range list {
			if b.State != Done {
				t.Errorf("%s, which audits %q, is %s", b.ID, b.Audits, b.State)
			}
		}
	}
}

// Where nobody else is there, that is said; and of what is not to be audited nothing is.
func TestAuditAlone(t *testing.T) {
	pkg, files := contest(t, 2, 2)
	h := newHost(t)
	f, _ := h.farm(quick())
	begin(t, f, newBench(1))
	audits, _ := auditsOf(t, send(t, f, CourtOptions{Audit: 100}, pkg, files).wait(t))
	for _, one := range audits {
		if !strings.Contains(one.Missing, "no worker but "+one.Of[0]) || len(one.By)+len(one.Differs) > 0 {
			t.Errorf("audited: %+v", one)
		}
	}
	same(t, send(t, f, CourtOptions{}, pkg, files).wait(t), local(t, pkg, files))
}

// That nobody takes a batch is believed after a while alone, also of one that is old: a server that was started anew has forgotten who does.
func TestAuditForgotten(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	a := newAuditor(f, Batch{})
	for ago, want := range map[time.Duration]bool{0: false, time.Hour: true} {
		c := &check{batch: Batch{Created: time.Now().Add(-time.Hour), Class: "c"}, taken: time.Now().Add(-ago)}
		if alone, err := a.alone(t.Context(), c); err != nil || alone != want {
			t.Errorf("taken %v ago: alone %v, %v", ago, alone, err)
		}
	}
}

// A detached batch is audited when its results are asked for, once: then they are written down.
func TestAuditDetached(t *testing.T) {
	pkg, files := contest(t, 2, 4)
	h := newHost(t)
	st := quick()
	st.WorkerLife = 20 * time.Second
	f, _ := h.farm(st)
	sent := send(t, f, CourtOptions{Detached: true, Audit: 40}, pkg, files)
	<-sent.results
	court := sent.court
	if sent.err != nil {
		t.Fatal(sent.err)
	}
	if err := court.Sent(context.Background(), func(int) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if err := court.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	a, b := newBench(1), newBench(1)
	begin(t, f, a)
	begin(t, f, b)
	until(t, "all results are there", func() bool {
		n, err := f.Results(context.Background(), court.ID())
		return err == nil && n == 4
	})
	if _, err := f.end(context.Background(), court.ID(), Done); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := f.Sweep(context.Background(), 0); err != nil { // which leaves what it takes
			t.Fatal(err)
		}
		batch, err := f.Batch(context.Background(), court.ID())
		if err != nil {
			t.Fatal(err)
		}
		list, err := f.Whole(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		audits, err := f.Audits(context.Background(), batch, list, func(string) {})
		if err != nil || len(audits) != 2 {
			t.Fatalf("%d audits, %v", len(audits), err)
		}
		for _, one := range audits {
			elsewhere(t, *one)
			if len(one.Differs) > 0 {
				t.Errorf("it differs: %v", one.Differs)
			}
		}
	}
	if n := len(a.list()) + len(b.list()); n != 4*2+2*2 {
		t.Errorf("%d cases were judged", n)
	}
}

// What is chosen is as many percent, one at least, and each time another part.
func TestSampleOf(t *testing.T) {
	var list []Listed
	for i := range 200 {
		list = append(list, Listed{Item: i})
	}
	seen := map[int]bool{}
	for _, c := range []struct {
		percent float64
		of, n   int
	}{{1, 200, 2}, {0.001, 200, 1}, {100, 200, 200}, {50, 3, 2}, {1, 1, 1}} {
		for range 20 {
			sample, err := sampleOf(list[:c.of], c.percent)
			if err != nil || len(sample) != c.n {
				t.Fatalf("%+v: %d, %v", c, len(sample), err)
			}
			for item := range sample {
				seen[item] = seen[item] || c.n < 3 && c.of == 200
			}
		}
	}
	n := 0
	for _, chosen := range seen {
		if chosen {
			n++
		}
	}
	if n < 10 {
		t.Errorf("60 draws chose %d of 200", n)
	}
}
