package farm

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
)

// A WorkerInfo is what WORKERS has of one.
type WorkerInfo struct {
	ID      string       `json:"id"`
	Jobs    int          `json:"jobs"`    // that it judges at once
	Running int          `json:"running"` // that it judges now
	Judged  int64        `json:"judged"`  // that it came to an end with
	Labels  []string     `json:"labels"`
	Host    HostInfo     `json:"host"`
	Load    string       `json:"load"`    // of the machine, as /proc/loadavg begins
	Classes []string     `json:"classes"` // of batches that it takes
	Rootfs  []judge.Fact `json:"rootfs"`  // those of its store: names, and digests
	Began   time.Time    `json:"began"`
}

// Takers is how many of some workers take the batch's jobs.
func (b Batch) Takers(workers []WorkerInfo) int {
	n := 0
	for _, w := range workers {
		if slices.Contains(w.Classes, b.Class) {
			n++
		}
	}
	return n
}

// report says that this worker is there, as long as it is, and notices which batches are done.
func (w *Worker) report(ctx context.Context) {
	tick := time.NewTicker(w.farm.settings.WorkerLife / 3)
	defer tick.Stop()
	for {
		text, err := json.Marshal(w.info())
		if err == nil {
			err = w.farm.once(ctx, func(ctx context.Context) error {
				_, err := w.farm.workers.Put(ctx, w.key(), text)
				return err
			})
		}
		if err != nil && ctx.Err() == nil && !passing(err) {
			w.warn("the list of workers: %v", err)
		}
		if w.running.Load() == 0 && !w.farm.restricted() {
			w.settle(ctx)
		}
		select {
		case <-tick.C:
		case <-w.told:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = w.farm.workers.Delete(last, w.key()) // it goes by itself, too
			return
		}
	}
}

// key is this worker's in WORKERS: whose it is, and its id.
func (w *Worker) key() string { return userToken(w.farm.Me().Name) + "." + w.id }

func (w *Worker) info() WorkerInfo {
	i := WorkerInfo{ID: w.id, Host: w.Host, Jobs: w.Bench.Jobs(), Running: int(w.running.Load()), Judged: w.judged.Load(), Labels: slices.Concat([]string{}, w.Labels), Began: w.began, Classes: []string{}, Rootfs: []judge.Fact{}}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		i.Load, _, _ = strings.Cut(string(text), " ")
	}
	if w.Roots != nil {
		i.Rootfs = w.Roots.list()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.live {
		if l.ours && !slices.Contains(i.Classes, l.batch.Class) {
			i.Classes = append(i.Classes, l.batch.Class)
		}
	}
	slices.Sort(i.Classes)
	return i
}

// settle marks the batches as done that are, and takes jobs out of the queue that were handed on when their
// batch was over already.
func (w *Worker) settle(ctx context.Context) {
	w.mu.Lock()
	var live []Batch
	for _, l := range w.live {
		live = append(live, l.batch)
	}
	users := slices.Collect(maps.Keys(w.watched))
	w.mu.Unlock()
	w.farm.finish(ctx, live)
	for _, user := range users {
		w.farm.sweep(ctx, user, func(id string) bool {
			l, err := w.find(ctx, id)
			return err == nil && l == nil
		})
	}
}

// Results is how many submissions of a batch have theirs.
func (f *Farm) Results(ctx context.Context, id string) (n int, err error) {
	verdicts := bucketVerdicts + "_" + userOf(id)
	err = f.persist(ctx, "count the results of "+id, func(ctx context.Context) error {
		s, err := f.js.Stream(ctx, "KV_"+verdicts)
		if err != nil {
			return err
		}
		info, err := s.Info(ctx, jetstream.WithSubjectFilter("$KV."+verdicts+"."+id+".*."+keyResult))
		if err == nil {
			n = len(info.State.Subjects)
		}
		return err
	})
	return n, err
}

// Workers lists those that are there.
func (f *Farm) Workers(ctx context.Context) ([]WorkerInfo, error) {
	var list []WorkerInfo
	err := f.persist(ctx, "list the workers", func(ctx context.Context) error {
		list = nil
		return entries(ctx, f.workers, jetstream.AllKeys, func(e jetstream.KeyValueEntry) error {
			var i WorkerInfo
			if err := json.Unmarshal(e.Value(), &i); err == nil && strings.HasSuffix(e.Key(), "."+i.ID) { // else it is none
				list = append(list, i)
			}
			return nil
		})
	})
	return list, err
}

// other says in what this machine is not of a batch's class.
func other(want, here []judge.Fact) string {
	value := func(list []judge.Fact, what string) string {
		if at := slices.IndexFunc(list, func(f judge.Fact) bool { return f.What == what }); at >= 0 {
			return fmt.Sprintf("%q", list[at].Value)
		}
		return "missing"
	}
	for _, f := range slices.Concat(want, here) {
		if a, b := value(want, f.What), value(here, f.What); f.What != judge.FactProcessor && a != b {
			return fmt.Sprintf("%s is %s here, the batch wants %s", f.What, b, a)
		}
	}
	return "its class was made by another judge"
}
