package cgroup

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

type v2Leaf struct {
	dir    string
	self   int // the directory; the program joins by it, and files are opened from it
	limits Limits

	events, stat, peak, memStat, pidsPeak, cpuPressure, memPressure file
	state, pidsEvents                                               file // opened when they are wanted
}

func (f *v2Leaf) file(name string) file { return file{dir: f.dir, at: f.self, name: name} }

// held are the files that every run reads in the end.
func (f *v2Leaf) held() []*file {
	return []*file{&f.stat, &f.peak, &f.memStat, &f.pidsPeak, &f.cpuPressure, &f.memPressure}
}

func (f *v2Leaf) Prepare() error {
	f.stat, f.memStat = f.file("cpu.stat"), f.file("memory.stat")
	// Since Linux 5.19. Since 6.12 it could be reset, for this descriptor (Documentation/admin-guide/cgroup-v2.rst). Each
	// run's leaf is new, so there is no peak of another's; and to take out judge's own last steps when the program is
	// executed would change no figure: the kernel charges 64 pages at once (MEMCG_CHARGE_BATCH), and they need fewer.
	f.peak = f.file("memory.peak")
	f.pidsPeak = f.file("pids.peak") // since Linux 6.1
	f.cpuPressure, f.memPressure = f.file("cpu.pressure"), f.file("memory.pressure")
	f.state, f.pidsEvents = f.file("cgroup.events"), f.file("pids.events")
	return holdAll(f.held()...)
}

// Joined keeps the directory open: files are opened from it.
func (f *v2Leaf) Joined() {}

func (f *v2Leaf) JoinFDs() []int { return []int{f.self} }

// OOMFD is memory.events, which the kernel marks with EPOLLPRI at each change.
func (f *v2Leaf) OOMFD() int { return f.events.fd }

func (f *v2Leaf) OOMEvents() uint32 { return unix.EPOLLPRI }

// TakeOOMEvent has nothing to do: reading the file for the count does it.
func (f *v2Leaf) TakeOOMEvent() error { return nil }

func (f *v2Leaf) CPU() (time.Duration, error) {
	k, err := f.stat.keys("usage_usec")
	if err != nil {
		return 0, err
	}
	return usec(k[0]), nil
}

func usec(n *int64) time.Duration { return time.Duration(value(n)) * time.Microsecond }

func (f *v2Leaf) Active() (bool, error) { return active(f.dir, "cgroup.threads") }

func (f *v2Leaf) OOMKills() (int64, error) {
	// With memory.oom.group the chosen process is counted once by itself and once with the group
	// (mm/oom_kill.c, oom_kill_process and oom_kill_memcg_member); oom_group_kill is there since Linux 5.17.
	k, err := f.events.keys("oom_kill", "oom_group_kill")
	if err != nil {
		return 0, err
	}
	return max(value(k[0])-value(k[1]), 0), nil
}

func (f *v2Leaf) Empty() (bool, error) {
	// Most programs are one process, and it has ended: no file more need be read.
	if peak, err := f.pidsPeak.number(); err == nil && peak != nil && *peak <= 1 {
		return true, nil
	}
	k, err := f.state.keys("populated")
	return err == nil && k[0] != nil && *k[0] == 0, err
}

func (f *v2Leaf) Usage() (Usage, error) {
	var u Usage
	var errs [7]error
	cpu, err := f.stat.keys("usage_usec", "user_usec", "system_usec", "throttled_usec")
	errs[0] = err
	u.OOMKills, errs[1] = f.OOMKills()
	u.MemoryPeak, errs[2] = f.peak.number()
	u.PidsPeak, errs[3] = f.pidsPeak.number()
	held, err := f.memStat.keys("anon", "file", "kernel", "pgmajfault")
	errs[4] = err
	u.CPUPressure, errs[5] = f.cpuPressure.pressure()
	u.MemoryPressure, errs[6] = f.memPressure.pressure()
	if err := errors.Join(errs[:]...); err != nil {
		return u, err
	}
	if u.OOMKills > 0 {
		if u.OOMAbove, err = f.spared(); err != nil {
			return u, err
		}
	}
	u.CPU, u.Throttled = usec(cpu[0]), usec(cpu[3])
	u.User, u.System = share(u.CPU, value(cpu[1]), value(cpu[2]))
	u.Anon, u.File, u.Kernel, u.MajorFaults = held[0], held[1], held[2], held[3]
	if u.PidsPeak == nil || *u.PidsPeak >= f.limits.Pids { // else nothing was refused
		refused, err := f.pidsEvents.keys("max")
		if err != nil {
			return u, err
		}
		u.PidsRefused = value(refused[0])
	}
	return u, nil
}

func (f *v2Leaf) Remove() error {
	for _, c := range append(f.held(), &f.events) {
		c.close()
	}
	if f.self >= 0 {
		unix.Close(f.self)
		f.self = -1
	}
	return remove(f.dir)
}
