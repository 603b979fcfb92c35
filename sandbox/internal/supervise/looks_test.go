package supervise

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/spawn"
)

// fakeLeaf says what a test wants it to.
type fakeLeaf struct {
	cpu   time.Duration
	kills int64
	err   error
	taken int
	busy  bool
}

func (f *fakeLeaf) JoinFDs() []int              { return nil }
func (f *fakeLeaf) Prepare() error              { return nil }
func (f *fakeLeaf) CPU() (time.Duration, error) { return f.cpu, f.err }
func (f *fakeLeaf) OOMFD() int                  { return -1 }
func (f *fakeLeaf) OOMEvents() uint32           { return unix.EPOLLIN }
func (f *fakeLeaf) TakeOOMEvent() error         { f.taken++; return f.err }
func (f *fakeLeaf) OOMKills() (int64, error)    { return f.kills, f.err }
func (f *fakeLeaf) Active() (bool, error)       { return f.busy, f.err }
func (*fakeLeaf) Joined()                       {}

func (f *fakeLeaf) Empty() (bool, error) { return true, f.err }
func (f *fakeLeaf) Usage() (cgroup.Usage, error) {
	return cgroup.Usage{CPU: f.cpu, OOMKills: f.kills}, f.err
}
func (f *fakeLeaf) Remove() error { return f.err }

// The next look at CPU time is when the limit could be reached at the earliest.
func TestCPULooks(t *testing.T) {
	tests := []struct {
		name        string
		used        time.Duration
		cores       int
		next        time.Duration // after now, 0: the run is stopped
		setup, join time.Duration // judge's own, which is not the program's
	}{
		{"nothing used, two cores", 0, 2, 500 * time.Millisecond, 0, 0},
		{"nothing used, one core", 0, 1, time.Second, 0, 0},
		{"half used", 500 * time.Millisecond, 2, 250 * time.Millisecond, 0, 0},
		{"almost used", time.Second - 100*time.Microsecond, 2, time.Millisecond, 0, 0},
		{"used up", time.Second, 2, 0, 0, 0},
		{"more than used up", 2 * time.Second, 2, 0, 0, 0},
		{"used up, but part of it by judge", time.Second + 300*time.Microsecond, 1, time.Millisecond, 900 * time.Microsecond, 500 * time.Microsecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{cpu: tt.used}, policy.Limits{CPUTime: time.Second})
			l.Cores = tt.cores
			l.ev.Started.ExecCPU = unix.NsecToTimespec(int64(tt.setup))
			l.ev.Started.JoinCPU = unix.NsecToTimespec(int64(tt.join))
			now := time.Now()
			l.looks.cpu = now
			l.look(now)
			if l.err != nil {
				t.Fatal(l.err)
			}
			if stopped := l.ev.Stopped == CPUTime; stopped != (tt.next == 0) {
				t.Fatalf("stopped: %t", stopped)
			}
			if got := l.looks.cpu.Sub(now); tt.next > 0 && got != tt.next {
				t.Errorf("next look after %v, want %v", got, tt.next)
			}
		})
	}
}

func TestFirstLooks(t *testing.T) {
	start := time.Now()
	tests := []struct {
		name      string
		limits    policy.Limits
		cores     int
		cpu, idle time.Duration // after the start, 0 for no look
	}{
		{"no limits", policy.Limits{}, 2, 0, 0},
		{"CPU time", policy.Limits{CPUTime: time.Second}, 2, 500 * time.Millisecond, 0},
		{"a CPU limit shorter than the shortest", policy.Limits{CPUTime: time.Microsecond}, 2, time.Millisecond, 0},
		{"idle time", policy.Limits{IdleTime: time.Second}, 2, 0, 50 * time.Millisecond},
		{"an idle limit shorter than the shortest", policy.Limits{IdleTime: time.Millisecond}, 2, 0, time.Millisecond},
	}
	for _, tt := range tests {
		var k looks
		k.begin(&Run{Limits: tt.limits, Cores: tt.cores}, start)
		check := func(what string, got time.Time, want time.Duration) {
			if want == 0 && !got.IsZero() || want > 0 && got.Sub(start) != want {
				t.Errorf("%s: first look at %s %v after the start, want %v", tt.name, what, got.Sub(start), want)
			}
		}
		check("CPU", k.cpu, tt.cpu)
		check("idle", k.idle, tt.idle)
	}
}

func TestEarliest(t *testing.T) {
	a := time.Now()
	b := a.Add(1)
	if got := earliest(time.Time{}, b, a, time.Time{}); !got.Equal(a) {
		t.Errorf("earliest is %v, want %v", got, a)
	}
	if got := earliest(time.Time{}); !got.IsZero() {
		t.Errorf("earliest of nothing is %v", got)
	}
}

// Idle means less than 1 % of a core over the whole window.
func TestIdle(t *testing.T) {
	const window = time.Second
	tests := []struct {
		name string
		cpu  func(at time.Duration) time.Duration // used when so long has passed
		want time.Duration                        // when it is stopped, at the latest a sample later; 0 for never
	}{
		{"asleep from the start", func(time.Duration) time.Duration { return 0 }, window},
		{"1 % of a core is not idle", func(at time.Duration) time.Duration { return at / 100 }, 0},
		{"a little less is", func(at time.Duration) time.Duration { return at / 101 }, window},
		{"busy for a second, then asleep", func(at time.Duration) time.Duration { return min(at, time.Second) }, 2 * window},
		{"a burst in each window", func(at time.Duration) time.Duration { return at / window * 10 * time.Millisecond }, 0},
		{"a burst every second window", func(at time.Duration) time.Duration { return at / (2 * window) * 500 * time.Millisecond }, window},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leaf := &fakeLeaf{}
			l := testLoop(t, leaf, policy.Limits{IdleTime: window})
			l.looks.begin(l.Run, l.started)
			for at := time.Duration(0); at < 10*window; {
				at = l.looks.idle.Sub(l.started) + 300*time.Microsecond // a timer is late
				leaf.cpu = tt.cpu(at)
				l.look(l.started.Add(at))
				if n := len(l.looks.samples); n > idleSamples+2 {
					t.Fatalf("%d samples are held", n)
				}
				if l.ev.Stopped == "" {
					continue
				}
				if l.ev.Stopped != IdleTime || tt.want == 0 || at < tt.want || at > tt.want+window/idleSamples+5*time.Millisecond {
					t.Fatalf("stopped for %s after %v, want after %v", l.ev.Stopped, at, tt.want)
				}
				return
			}
			if tt.want != 0 {
				t.Errorf("never stopped, want after %v", tt.want)
			}
		})
	}
}

// A sample that comes very late says that the host is busy, and nothing of the program.
func TestIdleStarved(t *testing.T) {
	const window = time.Second
	l := testLoop(t, &fakeLeaf{cpu: time.Millisecond}, policy.Limits{IdleTime: window})
	l.looks.begin(l.Run, l.started)
	late := l.started.Add(3 * window)
	l.look(late)
	if l.ev.Stopped != "" {
		t.Fatalf("stopped for %s, by the first look, which came three windows late", l.ev.Stopped)
	}
	for l.ev.Stopped == "" && l.looks.idle.Before(late.Add(2*window)) {
		l.look(l.looks.idle)
	}
	if at := l.looks.idle.Sub(late); l.ev.Stopped != IdleTime || at < window-window/idleSamples || at > window+window/idleSamples {
		t.Errorf("stopped for %q %v after the late look, want %v", l.ev.Stopped, at, window)
	}
}

// A program that waits for a processor is not idle, however little it used.
func TestIdleActive(t *testing.T) {
	const window = time.Second
	leaf := &fakeLeaf{busy: true}
	l := testLoop(t, leaf, policy.Limits{IdleTime: window})
	l.looks.begin(l.Run, l.started)
	for l.ev.Stopped == "" && l.looks.idle.Before(l.started.Add(5*window)) {
		l.look(l.looks.idle)
	}
	if l.ev.Stopped != "" {
		t.Fatalf("stopped for %s while it could run", l.ev.Stopped)
	}
	leaf.busy = false
	asleep := l.looks.idle
	for l.ev.Stopped == "" && l.looks.idle.Before(asleep.Add(3*window)) {
		l.look(l.looks.idle)
	}
	if l.ev.Stopped != IdleTime {
		t.Errorf("stopped for %q when it slept", l.ev.Stopped)
	}
}

func TestWallEnd(t *testing.T) {
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	if end := l.wallEnd(); !end.IsZero() {
		t.Errorf("without a limit the end is at %v", end)
	}
	l.Wall = time.Second
	if got := l.wallEnd().Sub(l.started); got != time.Second {
		t.Errorf("the end is %v after the start", got)
	}
	l.look(l.started.Add(time.Second - 1))
	if l.ev.Stopped != "" {
		t.Errorf("stopped for %s before the limit", l.ev.Stopped)
	}
	l.look(l.started.Add(time.Second))
	if l.ev.Stopped != WallTime {
		t.Errorf("stopped for %q at the limit", l.ev.Stopped)
	}

	l = testLoop(t, &fakeLeaf{}, policy.Limits{})
	l.ev.Started, l.Wall = nil, time.Millisecond
	l.look(l.started.Add(time.Second))
	if l.ev.Stopped != "" || l.err != nil {
		t.Errorf("the wall limit counts before the start: %s %v", l.ev.Stopped, l.err)
	}
	l.look(l.started.Add(setupPatience))
	if l.err == nil {
		t.Error("a set-up that never ends is waited for")
	}
}

// The event comes before the kill, and need not lead to one: the count decides.
func TestOOMLooks(t *testing.T) {
	leaf := &fakeLeaf{}
	l := testLoop(t, leaf, policy.Limits{Memory: 1 << 20})
	l.oomEvent()
	if leaf.taken != 1 || l.ev.Stopped != "" || l.looks.oom.IsZero() {
		t.Fatalf("after the event: taken %d times, stopped for %q, next look %v", leaf.taken, l.ev.Stopped, l.looks.oom)
	}
	leaf.kills = 1
	l.look(l.looks.oom)
	if l.ev.Stopped != Memory {
		t.Errorf("after the kill: stopped for %q", l.ev.Stopped)
	}

	leaf = &fakeLeaf{}
	l = testLoop(t, leaf, policy.Limits{Memory: 1 << 20})
	l.oomEvent()
	for n := 0; !l.looks.oom.IsZero(); n++ {
		if n > 1000 {
			t.Fatal("a kill that never comes is looked for again and again")
		}
		l.look(l.looks.oom)
	}

	leaf = &fakeLeaf{kills: 1}
	l = testLoop(t, leaf, policy.Limits{Memory: 1 << 20})
	l.OOM = "process"
	l.oomEvent()
	if l.ev.Stopped != "" {
		t.Errorf("oom = process: stopped for %q", l.ev.Stopped)
	}
}

// What the supervisor cannot read is judge's failure.
func TestLookFails(t *testing.T) {
	broken := errors.New("broken")
	l := testLoop(t, &fakeLeaf{err: broken}, policy.Limits{CPUTime: time.Second})
	l.looks.cpu = l.started
	l.look(l.started)
	if !errors.Is(l.err, broken) {
		t.Errorf("error %v", l.err)
	}
	l = testLoop(t, &fakeLeaf{err: broken}, policy.Limits{})
	l.oomEvent()
	if !errors.Is(l.err, broken) {
		t.Errorf("error %v", l.err)
	}
}

// The first cause counts.
func TestStopOnce(t *testing.T) {
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	l.stop(Output)
	l.stop(WallTime)
	if l.ev.Stopped != Output || !l.killed {
		t.Errorf("stopped for %s, killed: %t", l.ev.Stopped, l.killed)
	}
	l = testLoop(t, &fakeLeaf{}, policy.Limits{})
	l.ev.Cancel = unix.SIGTERM
	l.stop(WallTime)
	if l.ev.Stopped != "" || !l.killed {
		t.Errorf("stopped for %q after it was asked to end, killed: %t", l.ev.Stopped, l.killed)
	}
}

// In its grace a run is held to its limits: it is killed at once, and judge does
// not look again and again at a limit that it has passed.
func TestLimitsInGrace(t *testing.T) {
	tests := []struct {
		name   string
		limits policy.Limits
		wall   time.Duration
		cpu    time.Duration // used
		at     time.Duration // of the look, after the start
		killed bool
	}{
		{"no limit is passed", policy.Limits{CPUTime: time.Hour}, time.Hour, time.Second, time.Second, false},
		{"the wall limit", policy.Limits{}, time.Second, 0, time.Second, true},
		{"the CPU limit", policy.Limits{CPUTime: time.Second}, 0, time.Second, time.Second, true},
		{"the idle limit", policy.Limits{IdleTime: time.Second}, 0, 0, time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{cpu: tt.cpu}, tt.limits)
			l.Wall, l.Grace, l.program = tt.wall, time.Hour, l.Child.PIDFD
			l.looks.begin(l.Run, l.started)
			l.Asked = func() (unix.Signal, bool) { return unix.SIGTERM, false }
			l.asked()
			for at := l.started; !at.After(l.started.Add(tt.at)); at = at.Add(50 * time.Millisecond) {
				l.look(at)
			}
			if l.killed != tt.killed || l.ev.Stopped != "" || l.ev.Cancel != unix.SIGTERM || l.err != nil {
				t.Errorf("killed: %t, stopped for %q, asked by %d, %v", l.killed, l.ev.Stopped, l.ev.Cancel, l.err)
			}
		})
	}
}

func TestAsked(t *testing.T) {
	type ask struct {
		sig unix.Signal
		now bool
	}
	tests := []struct {
		rule   string
		before func(l *loop)
		asks   []ask
		cancel unix.Signal
		killed bool
	}{
		{"nothing was asked", nil, []ask{{0, false}}, 0, false},
		{"the first is forwarded", nil, []ask{{unix.SIGTERM, false}}, unix.SIGTERM, false},
		{"the second kills, and the first counts", nil, []ask{{unix.SIGTERM, false}, {unix.SIGINT, false}}, unix.SIGTERM, true},
		{"without grace", nil, []ask{{unix.SIGKILL, true}}, unix.SIGKILL, true},
		{"before the program is told of", func(l *loop) { l.program = -1 }, []ask{{unix.SIGTERM, false}}, unix.SIGTERM, false},
		{"twice before the program is told of", func(l *loop) { l.program = -1 }, []ask{{unix.SIGTERM, false}, {unix.SIGTERM, false}}, unix.SIGTERM, true},
		{"after a limit ended it", func(l *loop) { l.stop(WallTime) }, []ask{{unix.SIGTERM, false}}, 0, true},
		{"after it has ended", func(l *loop) { l.ev.Exited = &spawn.Message{} }, []ask{{unix.SIGTERM, false}}, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{}, policy.Limits{})
			l.program = l.Child.PIDFD
			if tt.before != nil {
				tt.before(l)
			}
			for _, a := range tt.asks {
				l.Asked = func() (unix.Signal, bool) { return a.sig, a.now }
				l.asked()
			}
			if l.ev.Cancel != tt.cancel || l.killed != tt.killed || l.err != nil {
				t.Errorf("asked to end by signal %d, killed: %t, error %v; want %d, %t", l.ev.Cancel, l.killed, l.err, tt.cancel, tt.killed)
			}
			if forwarded := tt.cancel != 0 && !tt.killed; forwarded {
				l.look(l.graceEnd)
				if !l.killed {
					t.Error("not killed after the grace")
				}
			}
		})
	}
}
