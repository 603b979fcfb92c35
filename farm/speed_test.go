package farm

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"judge/judge"
)

// BenchmarkJob is the way of one submission of one case through the farm, from the court to its result, when
// nothing else is on the way and judging takes no time: what the farm costs.
func BenchmarkJob(b *testing.B) { benchmark(b, 1) }

// BenchmarkJobs is the same with as many on their way as a batch has.
func BenchmarkJobs(b *testing.B) { benchmark(b, window) }

func benchmark(b *testing.B, atOnce int) {
	h := newHost(b)
	pkg, _ := contest(b, 1, 0)
	f, _ := h.farm(Settings{})
	w, _ := h.farm(Settings{})
	begin(b, w, newBench(8))
	court, docket := prepared(b, f, pkg)
	dir := b.TempDir()
	one := func(n int) error {
		file := filepath.Join(dir, fmt.Sprint(n, ".c"))
		if err := os.WriteFile(file, fmt.Append(nil, n), 0o644); err != nil {
			return err
		}
		s, err := judge.ReadSubmission(file)
		if err == nil {
			_, err = docket.Resume(b.Context(), n, s, nil)
		}
		return err
	}
	if err := one(0); err != nil { // the package is fetched
		b.Fatal(err)
	}
	hands := make(chan error, atOnce)
	for range atOnce {
		hands <- nil
	}
	b.ResetTimer()
	for n := range b.N {
		if err := <-hands; err != nil {
			b.Fatal(err)
		}
		go func() { hands <- one(n + 1) }()
	}
	for range atOnce {
		if err := <-hands; err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if err := court.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
