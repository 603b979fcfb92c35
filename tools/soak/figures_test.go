package main

import (
	"strings"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	usual := figure{descriptors: 20, threads: 9, mounts: 30, cgroups: 4, leases: 8, held: 100, memory: 10 << 20,
		took: [ways]time.Duration{5 * time.Millisecond, 3 * time.Millisecond}}
	tests := []struct {
		name   string
		change func(*figure) // of the last part
		want   string        // "" for no growth
	}{
		{"nothing", func(*figure) {}, ""},
		{"less of all", func(f *figure) { *f = figure{} }, ""},
		{"a descriptor", func(f *figure) { f.descriptors++ }, "descriptors, from 20 to 21"},
		{"threads", func(f *figure) { f.threads += 9 }, "threads"},
		{"memory", func(f *figure) { f.memory += 5 << 20 }, "memory"},
		{"memory, by chance", func(f *figure) { f.memory += 3 << 20 }, ""},
		{"a mount", func(f *figure) { f.mounts++ }, "mounts"},
		{"cgroups", func(f *figure) { f.cgroups += 17 }, "cgroups"},
		{"cgroups that are removed, and held", func(f *figure) { f.held += 501 }, "cgroups in the kernel"},
		{"leases", func(f *figure) { f.leases += 5 }, "leases"},
		{"time of judge run", func(f *figure) { f.took[byCommand] = 7 * time.Millisecond }, "judge run"},
		{"time of sandbox.Run", func(f *figure) { f.took[inProcess] = 4 * time.Millisecond }, "sandbox.Run"},
		{"time, by chance", func(f *figure) { f.took[byCommand] = 6 * time.Millisecond }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			last := usual
			tt.change(&last)
			got := strings.Join(growth([]figure{{}, usual, last}), "; ")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
