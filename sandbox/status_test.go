package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	oldrand "math/rand"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

var reportSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(sandbox.ReportSchema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("report.json")
})

// checkReport: every report is what json.Marshal makes of it, and valid.
func checkReport(t *testing.T, r sandbox.Report) {
	t.Helper()
	data := r.AppendJSON(nil)
	want, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("AppendJSON gives\n%s, json.Marshal\n%s", data, want)
	}
	schema, err := reportSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v\n%s", err, data)
	}
}

// with lays flags over a built-in policy.
func with(t *testing.T, name string, flags ...string) policy.Policy {
	t.Helper()
	var list []policy.Override
	for _, f := range flags {
		key, value, _ := strings.Cut(f, "=")
		list = append(list, policy.Override{Key: key, Value: value})
	}
	p, err := builtin(t, name).With(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEveryStatus produces each status once.
func TestEveryStatus(t *testing.T) {
	program := actor(t)
	noProgram := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(noProgram, []byte("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	tests := []struct {
		want  sandbox.Status
		args  string
		flags []string
		cmd   sandbox.Command
		check func(t *testing.T, r sandbox.Report)
	}{
		{want: sandbox.StatusOK, args: "print hello", cmd: sandbox.Command{Capture: true}, check: func(t *testing.T, r sandbox.Report) {
			if *r.ExitCode != 0 || *r.Stdout != "hello" || r.StdoutEncoding != "utf-8" || r.StdoutBytes != 5 || *r.Stderr != "" {
				t.Errorf("%s", r.AppendJSON(nil))
			}
		}},
		{want: sandbox.StatusNonzeroExit, args: "exit 137", check: func(t *testing.T, r sandbox.Report) {
			if *r.ExitCode != 137 {
				t.Errorf("exit code %d", *r.ExitCode)
			}
		}},
		{want: sandbox.StatusSignal, args: "kill 11", check: func(t *testing.T, r sandbox.Report) {
			if *r.Signal != 11 || *r.SignalName != "SIGSEGV" {
				t.Errorf("signal %d, %s", *r.Signal, *r.SignalName)
			}
		}},
		{want: sandbox.StatusSignal, args: "kill 31"}, // SIGSYS that it sends itself is no violation
		{want: sandbox.StatusSignal, args: "kill 9"},  // nor is SIGKILL a limit
		{want: sandbox.StatusCPUTime, args: "spin 60000", flags: []string{"limits.cpu_time=100ms"}, check: func(t *testing.T, r sandbox.Report) {
			if cpu := time.Duration(r.CPUTime); cpu < 100*time.Millisecond || cpu > emulated(140*time.Millisecond) {
				t.Errorf("CPU time %v", cpu)
			}
		}},
		{want: sandbox.StatusWallTime, args: "sleep 60000", flags: []string{"limits.wall_time=100ms"}, check: func(t *testing.T, r sandbox.Report) {
			if wall := time.Duration(r.WallTime); wall < 100*time.Millisecond || wall > emulated(200*time.Millisecond) {
				t.Errorf("wall time %v", wall)
			}
		}},
		{want: sandbox.StatusIdleTime, args: "sleep 60000", flags: []string{"limits.idle_time=100ms"}},
		{want: sandbox.StatusMemory, args: "eat 200", flags: []string{"limits.memory=16MiB"}, check: func(t *testing.T, r sandbox.Report) {
			if !noCgroups() && (r.OOMKills < 1 || *r.MemoryPeak > 16<<20) {
				t.Errorf("%d kills, peak %d", r.OOMKills, *r.MemoryPeak)
			}
		}},
		{want: sandbox.StatusOutput, args: "fill 1000000", flags: []string{"limits.output=4096"}, cmd: sandbox.Command{Capture: true}, check: func(t *testing.T, r sandbox.Report) {
			if r.StdoutBytes != 4096 || !r.StdoutTruncated || len(*r.Stdout) != 4096 || r.StderrTruncated {
				t.Errorf("%d bytes, truncated %t", r.StdoutBytes, r.StdoutTruncated)
			}
		}},
		{want: sandbox.StatusOutput, args: "fillerr 4097 exit 0", flags: []string{"limits.output=4096"}},
		{want: sandbox.StatusOK, args: "fill 4096 fillerr 4096 exit 0", flags: []string{"limits.output=4096"}},
		{want: sandbox.StatusSyscall, args: "socket", check: func(t *testing.T, r sandbox.Report) {
			if r.Violation == nil || r.Violation.Syscall != "socket" {
				t.Errorf("violation %+v", r.Violation)
			}
		}},
		{want: sandbox.StatusCannotStart, cmd: sandbox.Command{Args: []string{noProgram}}, check: func(t *testing.T, r sandbox.Report) {
			if r.NotFound() || r.CPUTime != 0 || r.WallTime != 0 {
				t.Errorf("not found: %t, CPU time %d, wall time %d", r.NotFound(), r.CPUTime, r.WallTime)
			}
		}},
		{want: sandbox.StatusCannotStart, cmd: sandbox.Command{Args: []string{"no-such-program-anywhere"}}, check: func(t *testing.T, r sandbox.Report) {
			if !r.NotFound() {
				t.Error("found")
			}
		}},
		{want: sandbox.StatusCannotStart, cmd: sandbox.Command{Args: []string{filepath.Dir(noProgram)}}},
		{want: sandbox.StatusError, args: "print lost", cmd: sandbox.Command{Stdout: full}},
	}
	seen := map[sandbox.Status]bool{sandbox.StatusCancelled: true} // TestCancel
	for _, tt := range tests {
		name := string(tt.want) + " " + tt.args
		t.Run(name, func(t *testing.T) {
			before := len(descriptors(t))
			cmd := tt.cmd
			if len(cmd.Args) == 0 {
				cmd.Args = append([]string{program}, strings.Fields(tt.args)...)
			}
			r, err := sandbox.Run(context.Background(), cmd, with(t, "strict", tt.flags...))
			if (err != nil) != (tt.want == sandbox.StatusError) {
				t.Error(err)
			}
			if r.Status != expected(t, tt.want, sandbox.StatusSignal, r) {
				t.Fatalf("status %s: %s", r.Status, r.Reason)
			}
			if r.Status != sandbox.StatusOK && r.Reason == "" {
				t.Error("no reason")
			}
			if (r.ExitCode != nil) != (r.Status == sandbox.StatusOK || r.Status == sandbox.StatusNonzeroExit) {
				t.Errorf("exit code %v", r.ExitCode)
			}
			checkReport(t, r)
			if tt.check != nil {
				tt.check(t, r)
			}
			if after := len(descriptors(t)); after > before {
				t.Errorf("%d descriptors, before the run %d", after, before)
			}
		})
		seen[tt.want] = true
	}
	for _, s := range []sandbox.Status{sandbox.StatusOK, sandbox.StatusNonzeroExit, sandbox.StatusSignal, sandbox.StatusCPUTime, sandbox.StatusWallTime,
		sandbox.StatusIdleTime, sandbox.StatusMemory, sandbox.StatusOutput, sandbox.StatusSyscall, sandbox.StatusCancelled, sandbox.StatusCannotStart, sandbox.StatusError} {
		if !seen[s] {
			t.Errorf("status %s was not tried", s)
		}
	}
}

// A process that outlives the program and holds its streams keeps nobody waiting.
func TestOrphansEndWithTheProgram(t *testing.T) {
	start := time.Now()
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), "orphan", "forks", "5", "print", "done"}, Capture: true}, builtin(t, "strict"))
	if err != nil || r.Status != sandbox.StatusOK || *r.Stdout != "done" {
		t.Errorf("status %s: %s %v", r.Status, r.Reason, err)
	}
	if took := time.Since(start); took > emulated(2*time.Second) {
		t.Errorf("it took %v", took)
	}
}

func TestLimitsHit(t *testing.T) {
	program := actor(t)
	tests := []struct{ limit, flag, args string }{
		{"pids", "limits.pids=4", "pids 20"},
		{"disk", "limits.disk=1MiB", "file big 100000000"},
		{"inodes", "limits.inodes=20", "mkdirs 100"},
	}
	for _, tt := range tests {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{program}, strings.Fields(tt.args)...)}, with(t, "strict", tt.flag))
		if noCgroups() && tt.limit == "pids" {
			tt.limit = "" // RLIMIT_NPROC holds it, and the kernel tells nobody; see TestProcessesWithoutCgroup
		}
		if err != nil || strings.Join(r.LimitsHit, " ") != tt.limit {
			t.Errorf("%s %s: hit %q, want %s (status %s: %s, %v)", tt.flag, tt.args, r.LimitsHit, tt.limit, r.Status, r.Reason, err)
		}
		checkReport(t, r)
	}
}

// TestAppendJSON compares it with json.Marshal for reports of any content.
func TestAppendJSON(t *testing.T) {
	source := oldrand.New(oldrand.NewSource(1)) // testing/quick wants this one
	for range 2000 {
		var r sandbox.Report
		v := reflect.ValueOf(&r).Elem()
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.CanSet() || v.Type().Field(i).Tag.Get("json") == "-" {
				continue
			}
			value, ok := quick.Value(f.Type(), source)
			if !ok {
				t.Fatalf("no values for %s", v.Type().Field(i).Name)
			}
			f.Set(value)
			if f.Kind() == reflect.Slice && f.IsNil() {
				f.Set(reflect.MakeSlice(f.Type(), 0, 0)) // a report has none that are nil
			}
		}
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.AppendJSON([]byte("before")); string(got) != "before"+string(want) {
			t.Fatalf("AppendJSON gives\n%s, json.Marshal\n%s", got, want)
		}
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil || b.String() != string(want)+"\n" {
			t.Fatalf("WriteJSON gives\n%s, %v, json.Marshal\n%s", &b, err, want)
		}
	}
}

// FuzzReport: whatever the program wrote, and judge says of it, the report is valid
// UTF-8, the JSON that json.Marshal would make, and the same in one piece or several.
func FuzzReport(f *testing.F) {
	f.Add("plain", "a reason", uint16(1))
	f.Add("\xff\xfe\x00\u2028<&>", "\"\\\n\x7f", uint16(40_000))
	f.Add("\xf0\x9f\x98", "\xe2\x80", uint16(9_999))
	f.Fuzz(func(t *testing.T, text, reason string, times uint16) {
		text = strings.Repeat(text, min(int(times), 1<<17/max(len(text), 1)))
		r := sandbox.Report{Reason: reason, Stdout: &text, Stderr: &reason, SignalName: &reason, LimitsHit: []string{}, Unenforced: []sandbox.Unenforced{},
			Collected: []sandbox.Collected{{Name: reason, Path: text}}}
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got := r.AppendJSON(nil)
		if !utf8.Valid(got) || !bytes.Equal(got, want) {
			t.Fatalf("AppendJSON gives\n%q, json.Marshal\n%q", got, want)
		}
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil || b.String() != string(want)+"\n" {
			t.Fatalf("WriteJSON gives\n%q, %v, json.Marshal\n%q", &b, err, want)
		}
	})
}

// largest is the longest piece that it is given, and the number of pieces.
type largest struct {
	bytes.Buffer
	piece, pieces int
}

func (l *largest) Write(p []byte) (int, error) {
	l.piece, l.pieces = max(l.piece, len(p)), l.pieces+1
	return l.Buffer.Write(p)
}

// TestWriteJSONInPieces: long output is never whole in memory a second time, and
// is cut nowhere that shows.
func TestWriteJSONInPieces(t *testing.T) {
	for _, unit := range []string{"a", "\x00", "<&>", "é", "ab€", "𝄞x", "\u2028", "\xff", "a\xe2\x82", "\x80"} {
		for shift := range 4 {
			text := strings.Repeat("x", shift) + strings.Repeat(unit, 300_000/len(unit))
			r := sandbox.Report{Stdout: &text, StdoutEncoding: "utf-8", Stderr: &text, StderrEncoding: "utf-8"}
			r.LimitsHit, r.Collected, r.Unenforced = []string{}, []sandbox.Collected{}, []sandbox.Unenforced{}
			want, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var w largest
			if err := r.WriteJSON(&w); err != nil || w.String() != string(want)+"\n" {
				t.Errorf("%q, shifted by %d: differs from json.Marshal, %v", unit, shift, err)
			}
			if w.piece > 300<<10 {
				t.Errorf("%q: a piece of %d bytes", unit, w.piece)
			}
		}
	}
	var w largest
	short := sandbox.Report{Reason: strings.Repeat("r", 4000)}
	if err := short.WriteJSON(&w); err != nil || w.pieces != 1 {
		t.Errorf("a short report comes in %d pieces, %v", w.pieces, err)
	}
	text := strings.Repeat("a", 200_000)
	if err := (sandbox.Report{Stdout: &text}).WriteJSON(fullDisk{}); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a disk that is full: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, unix.ENOSPC }

func TestUsageErrors(t *testing.T) {
	program := actor(t)
	dir := t.TempDir()
	for _, d := range []string{"noproc", "linkproc", "box", "there"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("/proc", filepath.Join(dir, "linkproc/proc")), unix.Mkfifo(filepath.Join(dir, "box/fifo"), 0o600),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	strict := builtin(t, "strict")
	change := func(f func(p *policy.Policy)) policy.Policy {
		p := strict
		f(&p)
		return p
	}
	run := sandbox.Command{Args: []string{program}}
	tests := []struct {
		name string
		cmd  sandbox.Command
		p    policy.Policy
	}{
		{"no program", sandbox.Command{}, strict},
		{"a program without a name", sandbox.Command{Args: []string{""}}, strict},
		{"a NUL in an argument", sandbox.Command{Args: []string{program, "a\x00b"}}, strict},
		{"a file that is not there", sandbox.Command{Args: run.Args, Files: []sandbox.File{{Source: dir + "/none"}}}, strict},
		{"a file that is a directory", sandbox.Command{Args: run.Args, Files: []sandbox.File{{Source: dir}}}, strict},
		{"a file with a name that leads out", sandbox.Command{Args: run.Args, Files: []sandbox.File{{Source: program, Name: "../x"}}}, strict},
		{"a file with an absolute name", sandbox.Command{Args: run.Args, Files: []sandbox.File{{Source: program, Name: "/x"}}}, strict},
		{"a file below a file", sandbox.Command{Args: run.Args, Files: []sandbox.File{{program, "x"}, {program, "x/y"}}}, strict},
		{"a file in the place of a directory", sandbox.Command{Args: run.Args, Files: []sandbox.File{{program, "x/y"}, {program, "x"}}}, strict},
		{"collect what leads out", sandbox.Command{Args: run.Args, Collect: []sandbox.Collect{{Name: "../etc/passwd"}}}, strict},
		{"collect an absolute name", sandbox.Command{Args: run.Args, Collect: []sandbox.Collect{{Name: "/etc/passwd"}}}, strict},
		{"keep where something is", sandbox.Command{Args: run.Args, Keep: dir + "/there"}, strict},
		{"keep where nothing can be", sandbox.Command{Args: run.Args, Keep: dir + "/none/there"}, strict},
		{"a rootfs that is not there", run, change(func(p *policy.Policy) { p.Filesystem.Rootfs = dir + "/none" })},
		{"a rootfs that is a file", run, change(func(p *policy.Policy) { p.Filesystem.Rootfs = dir + "/file" })},
		{"a rootfs without /proc", run, change(func(p *policy.Policy) { p.Filesystem.Rootfs = dir + "/noproc" })},
		{"a rootfs whose /proc is a link", run, change(func(p *policy.Policy) { p.Filesystem.Rootfs = dir + "/linkproc" })},
		{"a box that is not there", run, change(func(p *policy.Policy) { p.Filesystem.Box = dir + "/none" })},
		{"a box that is a file", run, change(func(p *policy.Policy) { p.Filesystem.Box = dir + "/file" })},
		{"a box with a FIFO", run, change(func(p *policy.Policy) { p.Filesystem.Box = dir + "/box" })},
		{"a bind of nothing", run, change(func(p *policy.Policy) { p.Filesystem.Bind = []policy.Bind{{Source: dir + "/none", Target: "/x"}} })},
		{"a bind to what cannot be made", run, change(func(p *policy.Policy) { p.Filesystem.Bind = []policy.Bind{{Source: dir, Target: "/usr/none/x"}} })},
		{"a core that is not there", run, change(func(p *policy.Policy) { p.Limits.CPUSet = "900" })},
		{"a network that it has not", run, change(func(p *policy.Policy) { p.Network.Mode, p.Network.Bridge.Subnet = "bridge", "127.0.0.0/8" })},
		{"a call that no kernel has", run, change(func(p *policy.Policy) { p.Seccomp.Allow = []string{"no_such_call"} })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(descriptors(t))
			r, err := sandbox.Run(context.Background(), tt.cmd, tt.p)
			var usage *sandbox.UsageError
			if !errors.As(err, &usage) {
				t.Fatalf("status %s, error %v", r.Status, err)
			}
			if usage.What == "" || usage.Hint == "" && usage.Err == nil {
				t.Errorf("says too little: %+v", usage)
			}
			if r.Status != sandbox.StatusError || r.Reason == "" {
				t.Errorf("status %s: %s", r.Status, r.Reason)
			}
			checkReport(t, r)
			if c := children(t, os.Getpid()); len(c) > 0 {
				t.Errorf("children: %v", c)
			}
			if after := len(descriptors(t)); after > before {
				t.Errorf("%d descriptors, before %d", after, before)
			}
			if _, err := os.Stat(dir + "/none"); err == nil {
				t.Error("something was made")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	program := actor(t)
	sleep := sandbox.Command{Args: []string{program, "print", "started", "sleep", "600000"}}
	cancelled := func(t *testing.T, r sandbox.Report, err error, sig unix.Signal) {
		t.Helper()
		if err != nil || r.Status != sandbox.StatusCancelled || r.CancelSignal() != sig {
			t.Errorf("status %s: %s, signal %v, %v", r.Status, r.Reason, r.CancelSignal(), err)
		}
		checkReport(t, r)
	}
	t.Run("before the start", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r, err := sandbox.Run(ctx, sleep, builtin(t, "strict"))
		cancelled(t, r, err, unix.SIGKILL)
	})
	t.Run("at any moment", func(t *testing.T) {
		for range 40 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(12*time.Millisecond))))
			r, err := sandbox.Run(ctx, sleep, builtin(t, "strict"))
			cancel()
			cancelled(t, r, err, unix.SIGKILL)
		}
		for _, pid := range children(t, os.Getpid()) { // told whole: a zombie, PID 1, or somebody else's
			p, _ := stat(fmt.Sprintf("/proc/%d/stat", pid))
			line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			t.Errorf("child %d: %+v, %q", pid, p, line)
		}
	})
	t.Run("while it waits for a core", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var holders sync.WaitGroup
		for range 64 { // more than there are cores for them
			holders.Go(func() {
				cmd := sandbox.Command{Args: []string{program, "sleep", "600000"}}
				p, err := builtinPolicy("strict")
				p.Limits.CPUSet = "auto"
				r, err2 := sandbox.Run(ctx, cmd, p)
				if err = errors.Join(err, err2); err != nil || r.Status != sandbox.StatusCancelled {
					t.Errorf("status %s: %s %v", r.Status, r.Reason, err)
				}
			})
		}
		time.Sleep(300 * time.Millisecond)
		cancel()
		holders.Wait()
	})

	signals := func(list ...os.Signal) func() <-chan os.Signal {
		return func() <-chan os.Signal {
			c := make(chan os.Signal, len(list))
			go func() {
				for _, s := range list {
					time.Sleep(150 * time.Millisecond)
					c <- s
				}
			}()
			return c
		}
	}
	t.Run("a signal is forwarded", func(t *testing.T) {
		cmd := sleep
		cmd.Signals, cmd.Grace = signals(unix.SIGTERM), time.Hour
		r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
		cancelled(t, r, err, unix.SIGTERM)
	})
	t.Run("who ignores it is killed after the grace", func(t *testing.T) {
		cmd := sandbox.Command{Args: []string{program, "ignore", "2", "sleep", "600000"}, Signals: signals(unix.SIGINT), Grace: 100 * time.Millisecond}
		start := time.Now()
		r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
		cancelled(t, r, err, unix.SIGINT)
		// On a busy machine the signal may find a program that has not begun yet: then there is no grace.
		if took := time.Since(start); r.WallTime > 0 && took < 250*time.Millisecond || took > time.Minute {
			t.Errorf("after %v", took)
		}
	})
	t.Run("a second signal kills", func(t *testing.T) {
		cmd := sandbox.Command{Args: []string{program, "ignore", "15", "sleep", "600000"}, Signals: signals(unix.SIGTERM, unix.SIGTERM), Grace: time.Hour}
		r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
		cancelled(t, r, err, unix.SIGTERM)
	})
	t.Run("who ends with status 0 is cancelled all the same", func(t *testing.T) {
		cmd := sandbox.Command{Args: []string{program, "ignore", "15", "sleep", "400"}, Signals: signals(unix.SIGTERM), Grace: time.Hour}
		r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
		cancelled(t, r, err, unix.SIGTERM)
	})
}
