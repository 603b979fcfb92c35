package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// A step that the kernel refuses is named, with what was asked for.
func TestStepError(t *testing.T) {
	program := actor(t)
	tests := []struct {
		name   string
		change func(p *policy.Policy)
		list   int
		call   string // its beginning
		errno  unix.Errno
		key    string
	}{
		{"of the program's process", func(p *policy.Policy) { p.Filesystem.Workdir = "/none" }, 1, `openat2(AT_FDCWD, "/none", `, unix.ENOENT, "filesystem.workdir"},
		{"of the program's process, for want of a right", func(p *policy.Policy) { p.Filesystem.Workdir = "/root" }, 1, "fchdir(", unix.EACCES, "filesystem.workdir"},
		{"of PID 1", func(p *policy.Policy) {
			p.Filesystem.Bind = []policy.Bind{{Source: "/etc", Target: "/box/actor/below", Readonly: true}}
		}, 0, "move_mount(", unix.ENOTDIR, "filesystem.bind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(descriptors(t))
			p := builtin(t, "strict")
			tt.change(&p)
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{program}}, p)
			var step *sandbox.StepError
			if !errors.As(err, &step) {
				t.Fatalf("%s: %v", r.Status, err)
			}
			if step.List != tt.list || !strings.HasPrefix(step.Call, tt.call) || step.Errno != tt.errno || step.Key != tt.key || step.Hint == "" {
				t.Errorf("%+v", step)
			}
			for _, part := range []string{fmt.Sprintf("step %d ", step.Index), step.Call, tt.errno.Error(), tt.key} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
			// --explain shows the same step under the same number.
			if lines, err := sandbox.Explain(sandbox.Command{Args: []string{program}}, p); err != nil || !strings.Contains(strings.Join(lines, "\n"),
				fmt.Sprintf("%s %3d  %s", [...]string{"init   ", "program"}[step.List], step.Index, tt.call)) {
				t.Errorf("--explain has another step %d: %v", step.Index, err)
			}
			if r.Status != sandbox.StatusError || r.Reason == "" || r.CPUTime != 0 {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
			checkReport(t, r)
			if c := children(t, os.Getpid()); len(c) > 0 {
				t.Errorf("children: %v", c)
			}
			if after := len(descriptors(t)); after > before {
				t.Errorf("%d descriptors, before %d", after, before)
			}
		})
	}
	if left := forsaken(t); len(left) > 0 {
		t.Errorf("leaves: %v", left)
	}
}

// A plan of many steps.
func TestManyFilesInTheBox(t *testing.T) {
	const files = 3000
	box := t.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(box, fmt.Sprintf("a-file-with-a-name-of-some-length-%d", i)), []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := builtin(t, "strict")
	p.Filesystem.Box = box
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), "list", ".", "read", fmt.Sprintf("a-file-with-a-name-of-some-length-%d", files-1)}, Capture: true}, p)
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %s %v", r.Status, r.Reason, err)
	}
	if n := strings.Count(*r.Stdout, "a-file-"); n != files || !strings.HasSuffix(*r.Stdout, "content") {
		t.Errorf("%d files of %d", n, files)
	}
}

// Eight at a time in one process, of every kind.
func TestParallelRuns(t *testing.T) {
	program := actor(t)
	kinds := []struct {
		args string
		want sandbox.Status
	}{
		{"exit 0", sandbox.StatusOK}, {"exit 7", sandbox.StatusNonzeroExit}, {"kill 6", sandbox.StatusSignal}, {"socket", sandbox.StatusSyscall},
		{"forks 5 print done", sandbox.StatusOK}, {"eat 100", sandbox.StatusMemory}, {"sleep 60000", sandbox.StatusWallTime}, {"fill 100000", sandbox.StatusOutput},
	}
	p := with(t, "strict", "limits.memory=16MiB", "limits.wall_time=300ms", "limits.output=64KiB")
	one := func(i int) error {
		k := kinds[i%len(kinds)]
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{program}, strings.Fields(k.args)...), Stdin: strings.NewReader("input")}, p)
		if err == nil && r.Status != expected(t, k.want, sandbox.StatusSignal, r) && r.Status != sandbox.StatusWallTime { // a busy machine
			err = fmt.Errorf("%s: %s, want %s (%s)", k.args, r.Status, k.want, r.Reason)
		}
		return err
	}
	if err := one(0); err != nil { // what is opened once
		t.Fatal(err)
	}
	before := descriptors(t)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 13 {
				if err := one(worker*13 + i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if after := descriptors(t); len(after) > len(before) {
		t.Errorf("descriptors: %v, before: %v", after, before)
	}
	for _, p := range processes() {
		if p.parent == os.Getpid() {
			t.Errorf("child left: %+v", p)
		}
	}
	if left := forsaken(t); len(left) > 0 {
		t.Errorf("leaves: %v", left)
	}
}
