package sandbox

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/procfs"
	"judge/sandbox/internal/supervise"
)

// A Noise is what disturbed a run, or may have, as far as the kernel counts it. Times
// are nanoseconds. null is what was not counted: by this kernel, or because the run was
// too short for counters that go by ticks of 10 ms, or killed.
type Noise struct {
	Core        *int   `json:"core"` // that the run was held on; null if it could move
	Switches    *int64 `json:"involuntary_switches"`
	Migrations  *int64 `json:"migrations_at_most"` // from one core to another; 0 of a run that was held on one
	MajorFaults *int64 `json:"major_faults"`       // for which a disk was read

	// The rest is of the time from shortly before the run to its end.
	Window    *int64 `json:"window_ns"`
	Pressure  *int64 `json:"host_cpu_pressure_ns"` // in which some task of the host waited for a core
	Others    *int64 `json:"core_others_ns"`       // in which its core ran something else
	Sibling   *int64 `json:"smt_sibling_ns"`       // in which the other thread of its core ran something; of several the busiest
	Steal     *int64 `json:"steal_ns"`             // in which the hypervisor took its core away
	Throttled *int64 `json:"throttled_ns"`         // in which a quota stopped judge and its runs
}

// A Meter reads the host's counters for runs that are measured: Command.Meter. It is
// to be shared by the runs of a process, and is safe for use by several goroutines.
type Meter struct {
	quotas []string // cpu.stat files

	mu   sync.Mutex
	last *reading
}

// NewMeter finds out what there is to be read on this host.
func NewMeter() (*Meter, error) {
	h, err := keeper()
	if err != nil {
		return nil, err
	}
	return &Meter{quotas: h.cgroups.Quotas()}, nil
}

// A reading is what the counters were at a moment.
type reading struct {
	at        time.Time
	stat      []byte         // /proc/stat: which of its lines matter is known later
	pressure  *time.Duration // nil where there is no such file
	throttled time.Duration
}

const (
	// freshFor is how long a reading serves for runs that begin. /proc/stat takes 20 µs
	// on a small host, and more with each processor.
	freshFor = 10 * time.Millisecond
	// shortest is the shortest run over which counters that go by ticks say anything.
	shortest = 2 * procfs.Tick
)

// begin gives what the counters were when a run began, or shortly before.
func (m *Meter) begin() (*reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last != nil && time.Since(m.last.at) < freshFor {
		return m.last, nil
	}
	return m.read()
}

// now reads the counters.
func (m *Meter) now() (*reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read()
}

func (m *Meter) read() (*reading, error) {
	r := &reading{at: time.Now()}
	var err error
	if r.stat, err = procfs.Read("/proc/stat", 4096); err != nil {
		return nil, fmt.Errorf("meter the host: %w", err)
	}
	// Missing before Linux 4.20 and where it was left out; with psi=0 it cannot be read (kernel/sched/psi.c).
	text, err := procfs.Read("/proc/pressure/cpu", 256)
	switch {
	case err == nil:
		if total, ok := procfs.Pressure(string(text)); ok {
			r.pressure = &total
		}
	case !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EOPNOTSUPP):
		return nil, fmt.Errorf("meter the host: %w", err)
	}
	for _, file := range m.quotas {
		t, err := cgroup.ThrottledOf(file)
		if err != nil {
			return nil, err
		}
		r.throttled = max(r.throttled, t) // who is stopped by two at once is stopped once
	}
	m.last = r
	return r, nil
}

// measure makes the noise of a run of its counters, if it is to be known.
func (r *run) measure() error {
	if r.before == nil {
		return nil
	}
	ev := r.evidence
	core, held := r.onCore()
	r.noise = &Noise{MajorFaults: ev.Usage.MajorFaults, Switches: switches(ev), Migrations: migrations(ev, held)}
	if held {
		r.noise.Core = &core.N
	}
	if ev.WallTime < shortest {
		return nil
	}
	after, err := r.cmd.Meter.now()
	if err != nil {
		return err
	}
	r.noise.between(r.before, after, core, ev.Usage.CPU)
	return nil
}

// onCore is the core that the run began on, if it is one alone, and whether a cpuset held
// it there; without, the program could have gone elsewhere.
func (r *run) onCore() (core *lease.Core, held bool) {
	core = r.core
	if list := procfs.CPUs(r.limits.CPUSet); core == nil && len(list) == 1 {
		core = topology.Core(list[0])
	}
	return core, core != nil && !r.lacks("cpuset")
}

// switches is how often the processes of a run had to make room for others
// (getrusage(2)); nil if PID 1 could not ask.
func switches(ev *supervise.Evidence) *int64 {
	if ev.Exited == nil {
		return nil
	}
	n := int64(ev.Exited.Rusage.Nivcsw)
	return &n
}

// migrations is how often the scheduler can have moved a run to another core at most; nil
// where nobody knows.
//
// Who is held on one core is never moved. Of others the kernel keeps the exact number of
// each thread for itself while it lives (se.nr_migrations in /proc/PID/sched, with
// CONFIG_SCHED_DEBUG where that is an option), and adds it up for nobody when it ends
// (kernel/exit.c, __exit_signal). A software event of perf_event_open(2) would count
// them, but the first one on a host waits for an RCU grace period (kernel/events/core.c,
// account_event), 6 to 8 ms where it was measured, makes each switch of a task on the host dearer
// as long as it is there, and ordinary users may not. What is counted anyway bounds them: a
// running thread is moved by one that preempts it, another one where it wakes up or is
// waited for, and before each of these it was switched away from.
func migrations(ev *supervise.Evidence, held bool) *int64 {
	n := int64(0)
	switch {
	case held:
	case ev.Exited == nil, ev.Usage.PidsPeak == nil, *ev.Usage.PidsPeak != 1: // wait4(2) knows nothing of processes that nobody waited for
		return nil
	default:
		n = int64(ev.Exited.Rusage.Nvcsw) + int64(ev.Exited.Rusage.Nivcsw)
	}
	return &n
}

// between fills in what two readings tell. cpu is the run's own time.
func (n *Noise) between(before, after *reading, core *lease.Core, cpu time.Duration) {
	window := after.at.Sub(before.at)
	n.Window = (*int64)(&window)
	throttled := max(after.throttled-before.throttled, 0)
	n.Throttled = (*int64)(&throttled)
	if before.pressure != nil && after.pressure != nil {
		waited := *after.pressure - *before.pressure
		n.Pressure = (*int64)(&waited)
	}
	if core == nil {
		return
	}
	if t, ok := spent(before, after, core.N); ok {
		others := max(t.Busy-cpu, 0)
		n.Others, n.Steal = (*int64)(&others), (*int64)(&t.Steal)
	}
	for _, s := range core.Siblings {
		if t, ok := spent(before, after, s); ok && (n.Sibling == nil || int64(t.Busy) > *n.Sibling) {
			n.Sibling = (*int64)(&t.Busy)
		}
	}
}

// spent is how a processor spent the time between two readings. The kernel's figures
// may go back a little: steal of some hypervisors, and idle time (proc_stat(5)).
func spent(before, after *reading, cpu int) (procfs.CPUTime, bool) {
	b, ok1 := procfs.CPUTimeOf(before.stat, cpu)
	a, ok2 := procfs.CPUTimeOf(after.stat, cpu)
	return procfs.CPUTime{Busy: max(a.Busy-b.Busy, 0), Steal: max(a.Steal-b.Steal, 0)}, ok1 && ok2
}
