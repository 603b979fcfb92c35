package server

import (
	"strings"
	"testing"

	"judge/farm"
	"judge/judge"
	"judge/store"
)

// A rootBench is a plain one whose results rest on what those of engines would.
type rootBench struct {
	plainBench
	engines *farm.Engines
}

func (b *rootBench) Facts(t farm.Terms) ([]judge.Fact, error) { return b.engines.Facts(t) }

// With the rights that they have, a submitter sends a rootfs and has others audit, and workers fetch it, and audit.
func TestRolesRootfsAndAudit(t *testing.T) {
	mine := t.TempDir()
	t.Setenv(store.Variable, mine)
	d, err := store.Begin(mine)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abandon()
	file := store.Entry{Path: "f", Kind: store.Regular, Mode: 0o644}
	if err := d.File(&file, strings.NewReader(strings.Repeat("a rootfs", 100_000))); err != nil {
		t.Fatal(err)
	}
	proc := store.Entry{Path: "proc", Kind: store.Directory, Mode: 0o555}
	if err := d.Directory("proc"); err != nil {
		t.Fatal(err)
	}
	about := &store.About{Name: "contest"}
	if err := d.Commit([]store.Entry{{Kind: store.Directory, Mode: 0o755}, file, proc}, about, false); err != nil {
		t.Fatal(err)
	}
	w := newTown(t)
	stores := map[string]string{}
	for _, name := range []string{"forAlice", "forAll"} {
		f := w.farm(name)
		stores[name] = t.TempDir()
		roots, err := farm.NewRoots(f, stores[name], 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		bench := &rootBench{engines: farm.NewEngines(judge.Options{Version: "1"})}
		// An audit of what a worker judged is not for that worker, which says so.
		w.workWith(name, f, farm.WorkerOptions{Bench: bench, Roots: roots, Warn: func(text string) {
			if !strings.Contains(text, "it judges again what this worker judged") {
				t.Errorf("%s: %s", name, text)
			}
		}})
	}
	_, r := w.sendBy("alice", farm.CourtOptions{Audit: 100, Judging: judge.Options{Version: "1", Rootfs: "contest"}}, nil)
	if a := r.Audit; len(r.Cases) != 2 || a == nil || len(a.Of) != 1 || len(a.By) != 1 || a.Of[0] == a.By[0] || len(a.Differs) > 0 || a.Missing != "" {
		t.Errorf("%+v, audited: %+v", r, a)
	}
	for name, dir := range stores {
		if all, err := store.Digests(dir); err != nil || all[store.DigestName(about.Digest)] != about.Digest {
			t.Errorf("%s has %v, %v", name, all, err)
		}
	}
}
