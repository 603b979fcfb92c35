package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A runner is one way of running the payload.
type runner struct {
	name     string
	argv     []string
	isolates string // for the table: what it does and what it leaves out
	lane     *lane  // where it must be started, nil for anywhere
	floor    int    // index of the row that its ratio is to: the floor with the same payload
	failure  error  // why it cannot run here
}

// runners lists what is compared; the floor is the first.
func (k *kit) runners(judge string) []*runner {
	crun := []string{lookPath("crun"), "--cgroup-manager=cgroupfs", "run", "-b", k.bundle,
		fmt.Sprintf("judge-bench-%d", os.Getpid())}
	bwrap := []string{lookPath("bwrap"), "--unshare-all", "--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
		"--tmpfs", "/tmp", "--ro-bind", k.payload("exit"), "/exit", "/exit"}
	strict := []string{judge, "run", "--policy", "strict"}
	with := func(more ...string) []string { return append(strict[:len(strict):len(strict)], more...) }
	return []*runner{
		{name: "floor", argv: []string{k.floor, k.rootfs, "/exit"}, isolates: "5 namespaces, overlay, cgroups, filter"},
		{name: "judge --rootfs DIR", argv: with("--rootfs", k.rootfs, "/exit"), isolates: "strict, and all its limits"},
		{name: "judge --rootfs NAME", argv: with("--rootfs", rootfsName, "/exit"), isolates: "the same, a rootfs of the store"},
		{name: "judge PROG", argv: with(k.payload("exit")), isolates: "strict, over the host's view"},
		{name: "floor, glibc", argv: []string{k.floor, k.rootfs, "/true"}, isolates: "the same, static glibc payload", floor: 4},
		{name: "judge PROG, glibc", argv: with(k.payload("true")), isolates: "the same, static glibc payload", floor: 4},
		{name: "bwrap", argv: bwrap, isolates: "namespaces; no cgroups, no filter"},
		{name: "crun", argv: crun, isolates: "namespaces, cgroups, filter; no overlay", lane: crunLane()},
		{name: "no sandbox", argv: []string{k.payload("exit")}, isolates: "none"},
	}
}

// lookPath leaves a missing program's name as it is: starting it then says so.
func lookPath(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return name
}

func (r *runner) run() (time.Duration, error) {
	var took time.Duration
	var status syscall.WaitStatus
	var err error
	r.lane.do(func() { took, status, err = timed(r.argv, nil, nil) })
	if err == nil && status != 0 {
		err = fmt.Errorf("wait status %#x", int(status))
	}
	return took, err
}

// probe tries each runner once and marks those that cannot run.
func probe(runners []*runner) (failed []string) {
	for _, r := range runners {
		r.lane.do(func() { r.failure = try(r.argv) })
		if r.lane != nil {
			r.failure = errors.Join(r.lane.failure, r.failure)
		}
		if r.failure != nil {
			failed = append(failed, r.name+": "+r.failure.Error())
		}
	}
	return failed
}

// try is slower than timed and keeps what the program says.
func try(argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}

// A lane is a thread in a namespace of its own; what it starts is there
// too. A nil lane is the caller's thread.
type lane struct {
	jobs    chan func()
	done    chan struct{}
	failure error
}

// newLane makes one; enter takes its thread there.
func newLane(enter func() error) *lane {
	l := &lane{jobs: make(chan func()), done: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		// Never unlocked: the thread ends with the goroutine, and its namespace with it.
		runtime.LockOSThread()
		l.failure = enter()
		close(ready)
		for job := range l.jobs {
			job()
			l.done <- struct{}{}
		}
	}()
	<-ready
	return l
}

func (l *lane) do(job func()) {
	if l == nil {
		job()
		return
	}
	l.jobs <- job
	<-l.done
}

// crunLane hides the empty cgroup2 tree of a hybrid host, beside which crun
// refuses to use v1; nil where there is none.
func crunLane() *lane {
	const unified = "/sys/fs/cgroup/unified"
	if _, err := os.Stat(unified); err != nil {
		return nil
	}
	return newLane(func() error {
		return errors.Join(
			unix.Unshare(unix.CLONE_FS|unix.CLONE_NEWNS),
			unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Unmount(unified, unix.MNT_DETACH))
	})
}

func stopLanes(runners []*runner) {
	for _, r := range runners {
		if r.lane != nil {
			close(r.lane.jobs)
		}
	}
}
