package sandbox

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// at is a reading: /proc/stat's busy and steal ticks of processors 0 and 1.
func at(ms int, pressure *time.Duration, throttled time.Duration, ticks [4]int) *reading {
	stat := fmt.Sprintf("cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 %d 0 0 5 5 0 0 %d 0 0\ncpu1 %d 0 0 5 5 0 0 %d 0 0\n", ticks[0], ticks[1], ticks[2], ticks[3])
	return &reading{at: time.UnixMilli(int64(ms)), stat: []byte(stat), pressure: pressure, throttled: throttled}
}

func TestNoiseBetween(t *testing.T) {
	some := func(d time.Duration) *time.Duration { return &d }
	text := func(n Noise) string {
		s := ""
		for _, v := range []*int64{n.Window, n.Pressure, n.Others, n.Sibling, n.Steal, n.Throttled} {
			if v == nil {
				s += "- "
			} else {
				s += time.Duration(*v).String() + " "
			}
		}
		return s
	}
	for _, c := range []struct {
		name          string
		before, after *reading
		core          *lease.Core
		cpu           time.Duration
		want          string
	}{
		{"all is quiet", at(0, some(5), 0, [4]int{0, 0, 0, 0}), at(100, some(5), 0, [4]int{10, 0, 0, 0}), &lease.Core{N: 0}, 100 * time.Millisecond,
			"100ms 0s 0s - 0s 0s "},
		{"others on its core, and steal", at(0, some(0), 0, [4]int{0, 0, 0, 0}), at(200, some(time.Second), 0, [4]int{15, 3, 0, 0}), &lease.Core{N: 0}, 100 * time.Millisecond,
			"200ms 1s 50ms - 30ms 0s "},
		{"a sibling", at(0, nil, time.Second, [4]int{0, 0, 7, 0}), at(200, nil, 3*time.Second, [4]int{20, 0, 19, 0}), &lease.Core{N: 0, Siblings: []int{1}}, 200 * time.Millisecond,
			"200ms - 0s 120ms 0s 2s "},
		{"a sibling that is offline", at(0, nil, 0, [4]int{}), at(200, nil, 0, [4]int{}), &lease.Core{N: 0, Siblings: []int{2}}, 0,
			"200ms - 0s - 0s 0s "},
		{"no core of its own", at(0, nil, 0, [4]int{}), at(200, nil, 0, [4]int{9, 9, 9, 9}), nil, 0, "200ms - - - - 0s "},
		{"figures that go back", at(0, nil, 0, [4]int{5, 5, 0, 0}), at(200, nil, 0, [4]int{4, 4, 0, 0}), &lease.Core{N: 0}, 0, "200ms - 0s - 0s 0s "},
	} {
		var n Noise
		n.between(c.before, c.after, c.core, c.cpu)
		if got := text(n); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestMigrations: who is held does not move, and of others it is told only where all of their
// switches are known.
func TestMigrations(t *testing.T) {
	exited := func(tasks *int64) *supervise.Evidence {
		ev := &supervise.Evidence{Exited: &spawn.Message{Rusage: unix.Rusage{Nvcsw: 3, Nivcsw: 4}}}
		ev.Usage.PidsPeak = tasks
		return ev
	}
	one, two := int64(1), int64(2)
	for _, c := range []struct {
		name string
		ev   *supervise.Evidence
		held bool
		want string
	}{
		{"held on a core", exited(&two), true, "0"},
		{"one thread", exited(&one), false, "7"},
		{"several threads", exited(&two), false, "-"},
		{"nobody counted threads", exited(nil), false, "-"},
		{"killed", &supervise.Evidence{}, false, "-"},
	} {
		got := "-"
		if n := migrations(c.ev, c.held); n != nil {
			got = fmt.Sprint(*n)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestOnCore: a leased core, or the only one of a list; held where a cpuset holds it.
func TestOnCore(t *testing.T) {
	leased := &lease.Core{N: 3}
	for _, c := range []struct {
		name   string
		core   *lease.Core
		cpuset string
		unheld []Unenforced
		want   string
	}{
		{"leased", leased, "3", nil, "3 true"},
		{"leased, without a cpuset", leased, "3", []Unenforced{{Limit: "cpuset"}}, "3 false"},
		{"one of its own choice", nil, "5", nil, "5 true"},
		{"several", nil, "0-1", nil, "none false"},
		{"any", nil, "", nil, "none false"},
	} {
		r := &run{core: c.core, unheld: c.unheld}
		r.limits.CPUSet = c.cpuset
		core, held := r.onCore()
		got := "none"
		if core != nil {
			got = core.List()
		}
		if got = fmt.Sprint(got, " ", held); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestMeterShares: runs that begin at the same time cost one reading.
func TestMeterShares(t *testing.T) {
	m := &Meter{}
	a, err := m.now()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := m.begin(); err != nil || b != a && time.Since(a.at) < freshFor/2 {
		t.Errorf("read again after %v: %v", time.Since(a.at), err)
	}
	time.Sleep(freshFor)
	if b, err := m.begin(); err != nil || b == a {
		t.Errorf("a reading that is %v old: %v", time.Since(a.at), err)
	}
}

// BenchmarkMeter is what a run of 20 ms or more pays at its end, and all pay together
// every 10 ms.
func BenchmarkMeter(b *testing.B) {
	m, err := NewMeter()
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		if _, err := m.now(); err != nil {
			b.Fatal(err)
		}
	}
}
