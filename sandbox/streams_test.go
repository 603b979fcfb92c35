package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"judge/sandbox"
)

// run runs the actor under strict.
func run(t *testing.T, cmd sandbox.Command, args ...string) sandbox.Report {
	t.Helper()
	cmd.Args = append([]string{actor(t)}, args...)
	r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, r)
	return r
}

// endsSoon fails the test if f does not come back, and does not wait for it then.
func endsSoon(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not come back")
	}
}

func TestStdin(t *testing.T) {
	large := bytes.Repeat([]byte("a line of the input\n"), 50_000)
	public, private := filepath.Join(t.TempDir(), "public"), filepath.Join(t.TempDir(), "private")
	if err := errors.Join(os.WriteFile(public, large, 0o644), os.WriteFile(private, large, 0o600), os.Chmod(private, 0o600)); err != nil {
		t.Fatal(err)
	}
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	t.Run("none", func(t *testing.T) {
		if r := run(t, sandbox.Command{Capture: true}, "cat", "print", "end"); *r.Stdout != "end" {
			t.Errorf("%q, %s", *r.Stdout, r.Reason)
		}
	})
	var nothing *os.File
	t.Run("a nil file", func(t *testing.T) {
		if r := run(t, sandbox.Command{Stdin: nothing, Capture: true}, "cat", "print", "end"); *r.Stdout != "end" {
			t.Errorf("%q, %s", *r.Stdout, r.Reason)
		}
	})
	for name, in := range map[string]func() io.Reader{
		"a file":                    func() io.Reader { return open(public) },
		"a file that is not public": func() io.Reader { return open(private) },
		"a reader":                  func() io.Reader { return bytes.NewReader(large) },
		"a pipe": func() io.Reader {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close() })
			go func() {
				w.Write(large) // fails when nobody reads any more
				w.Close()
			}()
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			if r := run(t, sandbox.Command{Stdin: in(), Capture: true}, "cat"); *r.Stdout != string(large) {
				t.Errorf("%d bytes of %d arrived; %s: %s", len(*r.Stdout), len(large), r.Status, r.Reason)
			}
		})
		t.Run(name+", not read", func(t *testing.T) {
			endsSoon(t, func() {
				if r := run(t, sandbox.Command{Stdin: in()}, "exit", "0"); r.Status != sandbox.StatusOK {
					t.Errorf("%s: %s", r.Status, r.Reason)
				}
			})
		})
		t.Run(name+", closed by the program", func(t *testing.T) {
			endsSoon(t, func() {
				if r := run(t, sandbox.Command{Stdin: in()}, "closein", "sleep", "50", "exit", "0"); r.Status != sandbox.StatusOK {
					t.Errorf("%s: %s", r.Status, r.Reason)
				}
			})
		})
		t.Run(name+", by its name", func(t *testing.T) {
			if r := run(t, sandbox.Command{Stdin: in(), Capture: true}, "read", "/dev/stdin"); *r.Stdout != string(large) {
				t.Errorf("%d bytes of %d arrived; %s: %s", len(*r.Stdout), len(large), r.Status, r.Reason)
			}
		})
		t.Run(name+", written to", func(t *testing.T) { // a pipe takes it, when it is not full; a file must not
			cmd := sandbox.Command{Stdin: in(), Args: []string{actor(t), "write", "/dev/stdin"}}
			if _, err := sandbox.Run(context.Background(), cmd, with(t, "strict", "limits.wall_time=100ms")); err != nil {
				t.Error(err)
			}
			for _, file := range []string{public, private} {
				if data, err := os.ReadFile(file); err != nil || !bytes.Equal(data, large) {
					t.Errorf("%s has changed: %d bytes, %v", file, len(data), err)
				}
			}
		})
	}
	t.Run("a file from where it stands", func(t *testing.T) {
		f := open(public)
		if _, err := f.Seek(int64(len(large)-8), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if r := run(t, sandbox.Command{Stdin: f, Capture: true}, "cat"); *r.Stdout != string(large[len(large)-8:]) {
			t.Errorf("%q", *r.Stdout)
		}
	})
	t.Run("a file's name is not shown", func(t *testing.T) {
		r := run(t, sandbox.Command{Stdin: open(public), Capture: true}, "read", "/proc/self/mountinfo")
		if dir := filepath.Dir(public); strings.Contains(*r.Stdout, dir) {
			t.Errorf("mountinfo names %s:\n%s", dir, *r.Stdout)
		}
	})
	t.Run("a reader that blocks", func(t *testing.T) {
		in, w := io.Pipe()
		defer w.Close()
		endsSoon(t, func() {
			if r := run(t, sandbox.Command{Stdin: in}, "exit", "0"); r.Status != sandbox.StatusOK {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
		})
	})
	t.Run("without an end", func(t *testing.T) {
		endsSoon(t, func() {
			if r := run(t, sandbox.Command{Stdin: open("/dev/zero")}, "exit", "0"); r.Status != sandbox.StatusOK {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
		})
	})
}

// writer fails when it has taken enough.
type writer struct{ left int }

func (w *writer) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, errors.New("enough")
	}
	w.left -= len(p)
	return len(p), nil
}

func TestStdout(t *testing.T) {
	t.Run("both streams, each its own", func(t *testing.T) {
		var out, err bytes.Buffer
		r := run(t, sandbox.Command{Stdout: &out, Stderr: &err}, "print", "out", "err", "error", "fill", "100000")
		if out.String() != "out"+strings.Repeat("x", 100_000) || err.String() != "error" || r.StdoutBytes != 100_003 || r.StderrBytes != 5 {
			t.Errorf("%d and %q, counted %d and %d", out.Len(), err.String(), r.StdoutBytes, r.StderrBytes)
		}
	})
	t.Run("one writer for both", func(t *testing.T) {
		var both bytes.Buffer
		run(t, sandbox.Command{Stdout: &both, Stderr: &both}, "fill", "300000", "fillerr", "300000", "fill", "300000")
		if both.Len() != 900_000 {
			t.Errorf("%d bytes", both.Len())
		}
	})
	t.Run("one pipe for both, slowly read", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		read := make(chan int, 1)
		go func() {
			n := 0
			for buf := make([]byte, 8192); ; time.Sleep(time.Millisecond) {
				m, err := r.Read(buf)
				n += m
				if err != nil {
					read <- n
					return
				}
			}
		}()
		endsSoon(t, func() {
			run(t, sandbox.Command{Stdout: w, Stderr: w}, "fillerr", "300000", "fill", "300000", "fillerr", "300000")
		})
		w.Close()
		if n := <-read; n != 900_000 {
			t.Errorf("%d bytes", n)
		}
	})
	t.Run("binary, captured", func(t *testing.T) {
		r := run(t, sandbox.Command{Capture: true}, "print", "\xff\xfe", "err", "é")
		if *r.Stdout != "//4=" || r.StdoutEncoding != "base64" || *r.Stderr != "é" || r.StderrEncoding != "utf-8" {
			t.Errorf("%s", r.AppendJSON(nil))
		}
	})
	t.Run("nobody reads", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		r.Close()
		if rep := run(t, sandbox.Command{Stdout: w}, "fill", "10000000"); rep.Status != sandbox.StatusSignal || *rep.SignalName != "SIGPIPE" {
			t.Errorf("%s: %s", rep.Status, rep.Reason)
		}
	})
	t.Run("a writer that fails", func(t *testing.T) {
		endsSoon(t, func() {
			cmd := sandbox.Command{Args: []string{actor(t), "fill", "10000000"}, Stdout: &writer{left: 10_000}}
			r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
			if err == nil && r.Status == sandbox.StatusOK {
				t.Error("ok, and nobody knows that the output is lost")
			}
		})
	})
	t.Run("a file that cannot be written to", func(t *testing.T) {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd := sandbox.Command{Args: []string{actor(t), "print", "lost"}, Stdout: f}
		if r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict")); err == nil {
			t.Errorf("%s", r.Status)
		}
	})
	t.Run("by its name", func(t *testing.T) {
		if r := run(t, sandbox.Command{Capture: true}, "write", "/dev/stdout", "write", "/dev/stderr"); *r.Stdout != "w" || *r.Stderr != "w" {
			t.Errorf("%s", r.AppendJSON(nil))
		}
	})
}

// TestCaptureMemory: captured output is in judge's memory once as it came, and
// once more only when it is no text.
func TestCaptureMemory(t *testing.T) {
	judge := judgeBinary(t)
	const size = 32 << 20
	for _, tt := range []struct {
		source string
		most   int64
	}{{"/dev/zero", 2 * size}, {"/dev/urandom", 4 * size}} {
		cmd := exec.Command(judge, "run", "-q", "--capture", "--report", "-", "--stdout", "/dev/null", "--wall-time", "100s",
			"head", "-c", strconv.Itoa(size), tt.source)
		out, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		var peak, length int64
		for err == nil { // judge waits for who reads, and can be looked at
			var n int64
			n, err = io.CopyN(io.Discard, out, 1<<20)
			length += n
			peak = max(peak, highWater(cmd.Process.Pid))
		}
		if err := cmd.Wait(); err != nil || length < size {
			t.Errorf("%s: a report of %d bytes, %v", tt.source, length, err)
		}
		t.Logf("%s: at most %d MiB for %d MiB of output", tt.source, peak>>20, size>>20)
		if peak == 0 || peak > tt.most {
			t.Errorf("%s: %d MiB for %d MiB of output", tt.source, peak>>20, size>>20)
		}
	}
}

// highWater is the most memory that a process has had; 0 if it is gone. (What
// wait4(2) tells is no less than what the process had that started it.)
func highWater(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	fmt.Sscan(line, &kib)
	return kib << 10
}
