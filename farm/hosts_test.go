package farm

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"judge/judge"
)

// Which model is meant is decided among those that are there, and take the batch.
func TestChooseCPU(t *testing.T) {
	worker := func(cpu string, jobs int, labels ...string) WorkerInfo {
		return WorkerInfo{Jobs: jobs, Labels: labels, Host: HostInfo{Host: judge.Host{CPU: cpu}}}
	}
	list := []WorkerInfo{worker("Xeon 6230", 2), worker("EPYC 7B13", 3), worker("Xeon 6230", 2), worker("EPYC 9654", 64, "big"), worker("", 100)}
	for _, c := range []struct {
		want    string
		labels  []string
		workers []WorkerInfo
		model   string
		err     string // the refusal's text, and its hint
	}{
		{"same", nil, list, "EPYC 9654", ""},
		{"same", []string{"big"}, list, "EPYC 9654", ""},
		{"same", nil, list[:3], "Xeon 6230", ""},
		{"xeon", nil, list, "Xeon 6230", ""},
		{"EPYC 7B13", nil, list, "EPYC 7B13", ""},
		{"epyc", nil, list, "", "may be each of 2 models: EPYC 9654; EPYC 7B13"},
		{"Ryzen", nil, list, "", "no worker has such a processor: there are: EPYC 9654; Xeon 6230; EPYC 7B13"},
		{"xeon", []string{"big"}, list, "", "no worker has such a processor: there are: EPYC 9654"},
		{"same", nil, nil, "", "no worker is there"},
		{"same", []string{"no"}, list, "", "no worker is there"},
	} {
		model, err := chooseCPU(c.want, c.labels, c.workers)
		var refusal *Refusal
		if model != c.model || (err != nil) != (c.err != "") || err != nil && (!errors.As(err, &refusal) || !strings.Contains(refusal.What+": "+refusal.Hint, c.err)) {
			t.Errorf("%q %v: %q, %v", c.want, c.labels, model, err)
		}
	}
}

// A batch for one model of processor is judged by workers with that alone, and a result says on which hosts it was
// judged, and what these are not good for.
func TestCPUAndMarks(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 4, 4)
	bench := map[string]*fakeBench{}
	for _, cpu := range []string{"fast", "slow"} {
		st := quick()
		st.Part = 2
		f, _ := h.farm(st)
		cache, err := OpenCache(f, t.TempDir(), 0)
		if err != nil {
			t.Fatal(err)
		}
		bench[cpu] = newBench(1)
		bench[cpu].prove = &judge.Provenance{Host: judge.Host{CPU: cpu}}
		host := HostInfo{Host: judge.Host{CPU: cpu}}
		if cpu == "slow" {
			host.Unfair = []string{"steal: 12.0 %"}
			bench[cpu].prove.Unfair = host.Unfair
		}
		w := NewWorker(f, WorkerOptions{Bench: bench[cpu], Cache: cache, Host: host, Dir: t.TempDir(), Warn: func(text string) { t.Log(cpu, text) }})
		ended := make(chan error, 1)
		go func() { ended <- w.Run(context.Background()) }()
		t.Cleanup(func() {
			w.Halt()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	f, _ := h.farm(quick())
	until(t, "both are listed", func() bool {
		list, err := f.Workers(context.Background())
		return err == nil && len(list) == 2
	})
	for _, cpu := range []string{"fast", "slow"} {
		got := send(t, f, CourtOptions{CPU: cpu}, pkg, files).wait(t)
		for i, text := range got {
			var r judge.Result
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatal(err)
			}
			if r.Provenance == nil || r.Provenance.CPU != cpu || (len(r.Provenance.Unfair) == 1) != (cpu == "slow") {
				t.Errorf("%s: submission %d has %+v", cpu, i, r.Provenance)
			}
		}
	}
	if a, b := len(bench["fast"].list()), len(bench["slow"].list()); a != b || a == 0 || a != 3*4+1*2 {
		t.Errorf("they judged %d and %d cases", a, b)
	}
	p := &judge.Provenance{Host: judge.Host{CPU: "fast"}}
	for _, m := range []mark{{}, {CPU: "fast"}, {CPU: "slow", Unfair: []string{"x", "y"}}, {CPU: "slow", Unfair: []string{"y", "z"}}} {
		m.markOn(p)
	}
	if p.CPU != "fast; slow" || !slices.Equal(p.Unfair, []string{"x", "y", "z"}) {
		t.Errorf("marked: %+v", p)
	}
	mark{CPU: "x"}.markOn(nil)
}

// A worker whose machine is of another kind takes no batch with a rootfs, and fetches nothing that results do not rest on.
func TestUnfit(t *testing.T) {
	fact := func(what, value string) judge.Fact { return judge.Fact{What: what, Value: value} }
	facts := []judge.Fact{fact(judge.FactProcessor, "amd64 X"), fact("rootfs contest", "sha256:aa")}
	w := &Worker{id: "w1", WorkerOptions: WorkerOptions{Host: HostInfo{Host: judge.Host{CPU: "X"}}}}
	roots := []Root{{Name: "contest", Digest: "sha256:aa"}, {Name: "other", Digest: "sha256:aa"}, {Name: "contest", Digest: "sha256:bb"}}
	if list := named(roots, facts); len(list) != 1 || list[0] != roots[0] {
		t.Errorf("named: %+v", list)
	}
	for _, c := range []struct {
		b    Batch
		want string
	}{
		{Batch{}, ""},
		{Batch{CPU: "X"}, ""},
		{Batch{CPU: "Y"}, `it wants the processor "Y", this is "X"`},
		{Batch{Without: []string{"w0", "w1"}}, "it judges again what this worker judged"},
		{Batch{Without: []string{"w0"}}, ""},
		{Batch{Labels: []string{"fast"}}, "it has not the label fast"},
		{Batch{Roots: roots}, ""},
		{Batch{Roots: roots, Facts: []judge.Fact{fact(judge.FactProcessor, "arm64 Z"), facts[1]}}, "its root file systems are for arm64, this is amd64"},
	} {
		if c.b.Facts == nil {
			c.b.Facts = facts
		}
		c.b.Class = classOf(c.b.Facts, c.b.Labels, c.b.wants()...)
		if got := w.unfit(c.b, facts); got != c.want {
			t.Errorf("%+v: %q", c.b, got)
		}
	}
}
