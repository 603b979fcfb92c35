package judge

import (
	"strings"
	"testing"
	"time"

	"judge/sandbox"
)

func ptr[T any](v T) *T { return &v }

// quiet is a run of a second that nothing disturbed.
func quiet() *sandbox.Report {
	zero := func() *int64 { return ptr(int64(0)) }
	return &sandbox.Report{
		Status: sandbox.StatusOK, ExitCode: ptr(0), CPUTime: int64(time.Second), WallTime: int64(time.Second), PidsPeak: ptr(int64(1)), CPUPressure: zero(),
		Noise: &sandbox.Noise{Core: ptr(0), Switches: zero(), MajorFaults: zero(), Window: ptr(int64(time.Second)),
			Pressure: zero(), Others: zero(), Sibling: zero(), Steal: zero(), Throttled: zero()},
	}
}

func TestConfidence(t *testing.T) {
	ms := func(n int64) *int64 { return ptr(n * int64(time.Millisecond)) }
	for _, c := range []struct {
		name   string
		change func(*sandbox.Report)
		want   Confidence
		reason string // in one of them; "" for none at all
	}{
		{"nothing", func(*sandbox.Report) {}, High, ""},
		{"nothing was counted", func(r *sandbox.Report) { r.Noise, r.CPUPressure, r.PidsPeak = nil, nil, nil }, High, ""},
		{"it waited a little for its core", func(r *sandbox.Report) { r.CPUPressure = ms(10) }, High, ""},
		{"it waited for its core", func(r *sandbox.Report) { r.CPUPressure = ms(30) }, Medium, "waited 30ms for its core, of 1s"},
		{"it waited long for its core", func(r *sandbox.Report) { r.CPUPressure = ms(100) }, Low, "waited 100ms"},
		{"a short run, and a wait of nothing", func(r *sandbox.Report) { r.WallTime, r.CPUPressure = 1_000_000, ptr(int64(500_000)) }, High, ""},
		{"its own threads wait for one another", func(r *sandbox.Report) { r.CPUPressure, r.PidsPeak = ms(900), ptr(int64(4)) }, High, ""},
		{"others on its core, within the ticks' fuzz", func(r *sandbox.Report) { r.Noise.Window, r.Noise.Others = ms(40), ms(20) }, High, ""},
		{"others on its core", func(r *sandbox.Report) { r.Noise.Others = ms(120) }, Medium, "its core ran something else for 120ms of 1s"},
		{"much of others on its core", func(r *sandbox.Report) { r.Noise.Others = ms(250) }, Low, "its core ran something else"},
		{"a busy sibling", func(r *sandbox.Report) { r.Noise.Sibling = ms(600) }, Low, "the other thread of its core"},
		{"a sibling that wakes up at times", func(r *sandbox.Report) { r.Noise.Sibling = ms(150) }, Medium, "the other thread of its core"},
		{"some steal", func(r *sandbox.Report) { r.Noise.Steal = ms(10) }, Medium, "hypervisor"},
		{"much steal", func(r *sandbox.Report) { r.Noise.Steal = ms(50) }, Low, "hypervisor"},
		{"throttled", func(r *sandbox.Report) { r.Noise.Throttled = ms(200) }, Low, "quota"},
		{"a busy host is a hint alone", func(r *sandbox.Report) { r.Noise.Pressure = ms(1000) }, Medium, "tasks of this host"},
		{"a cold cache", func(r *sandbox.Report) { r.Noise.MajorFaults = ptr(int64(300)) }, Medium, "300 times for something to be read"},
		{"a very cold cache", func(r *sandbox.Report) { r.Noise.MajorFaults = ptr(int64(1500)) }, Low, "read from a disk"},
		{"preempted", func(r *sandbox.Report) { r.Noise.Switches = ptr(int64(150)) }, Medium, "lost its core 150 times"},
		{"preempted all the time", func(r *sandbox.Report) { r.Noise.Switches = ptr(int64(2000)) }, Low, "lost its core"},
		{"its threads preempt one another", func(r *sandbox.Report) { r.Noise.Switches, r.PidsPeak = ptr(int64(2000)), ptr(int64(8)) }, High, ""},
		{"no core of its own", func(r *sandbox.Report) { r.Noise.Core = nil }, Medium, "not held on one core"},
		{"no core of its own, and it cannot have moved", func(r *sandbox.Report) { r.Noise.Core, r.Noise.Migrations = nil, ptr(int64(0)) }, High, ""},
		{"it moved a few times in a second at most", func(r *sandbox.Report) { r.Noise.Core, r.Noise.Migrations = nil, ptr(int64(9)) }, High, ""},
		{"it may have moved often", func(r *sandbox.Report) { r.Noise.Core, r.Noise.Migrations = nil, ptr(int64(10)) }, Medium, "may have moved 10 times"},
		{"it may have moved all the time, or not at all", func(r *sandbox.Report) { r.Noise.Core, r.Noise.Migrations = nil, ptr(int64(1e6)) }, Medium, "may have moved 1000000 times"},
		{"the worst counts", func(r *sandbox.Report) { r.Noise.Core, r.Noise.Steal = nil, ms(500) }, Low, "not held on one core"},
	} {
		r := quiet()
		c.change(r)
		got, reasons := ConfidenceIn(r)
		text := strings.Join(reasons, "; ")
		if got != c.want || !strings.Contains(text, c.reason) || (c.reason == "") != (text == "") {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, got, text, c.want, c.reason)
		}
	}
}
