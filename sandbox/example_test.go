package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"judge/policy"
	"judge/sandbox"
)

// Run a program under a built-in policy with a limit of one's own, and look at
// how it ended.
func ExampleRun() {
	strict, _ := policy.Builtin("strict")
	strict.Limits.WallTime = 100 * time.Millisecond

	report, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"sleep", "10"}}, strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Status)
	fmt.Println(report.WallTime >= int64(100*time.Millisecond))
	// Output:
	// wall-time
	// true
}

// Feed a program and take its output into the report.
func ExampleRun_capture() {
	strict, _ := policy.Builtin("strict")
	report, err := sandbox.Run(context.Background(), sandbox.Command{
		Args:    []string{"tr", "a-z", "A-Z"},
		Stdin:   strings.NewReader("hello\n"),
		Capture: true,
	}, strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(*report.Stdout)
	fmt.Println(report.Status, *report.ExitCode, report.StdoutBytes)
	// Output:
	// HELLO
	// ok 0 6
}

// Output goes wherever an io.Writer puts it.
func ExampleRun_output() {
	strict, _ := policy.Builtin("strict")
	_, err := sandbox.Run(context.Background(), sandbox.Command{
		Args:   []string{"sh", "-c", "echo out; echo err >&2"},
		Stdout: os.Stdout,
		Stderr: os.Stdout,
	}, strict)
	if err != nil {
		fmt.Println(err)
	}
	// Unordered output:
	// out
	// err
}

// Put a file into the box, and take out what the program made of it.
func ExampleRun_collect() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "words")
	if err := os.WriteFile(source, []byte("pear\napple\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	strict, _ := policy.Builtin("strict")
	report, err := sandbox.Run(context.Background(), sandbox.Command{
		Args:       []string{"sort", "-o", "sorted", "words"},
		Files:      []sandbox.File{{Source: source}},
		Collect:    []sandbox.Collect{{Name: "sorted"}, {Name: "dev/null"}},
		CollectDir: dir,
	}, strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Collected {
		if c.Refused != "" {
			fmt.Println(c.Name, "refused:", c.Refused)
			continue
		}
		data, _ := os.ReadFile(c.Path)
		fmt.Printf("%s, %d bytes: %q\n", c.Name, *c.Bytes, data)
	}
	// Output:
	// sorted, 11 bytes: "apple\npear\n"
	// dev/null refused: no such file
}

// A context that is done kills the run.
func ExampleRun_cancel() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	strict, _ := policy.Builtin("strict")
	report, err := sandbox.Run(ctx, sandbox.Command{Args: []string{"sleep", "10"}}, strict)
	fmt.Println(report.Status, err)
	// Output: cancelled <nil>
}

// What is wrong with a request is told before anything starts.
func ExampleUsageError() {
	strict, _ := policy.Builtin("strict")
	strict.Filesystem.Rootfs = "/no/such/directory"
	_, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"true"}}, strict)
	var usage *sandbox.UsageError
	fmt.Println(errors.As(err, &usage))
	fmt.Println(err)
	// Output:
	// true
	// rootfs /no/such/directory: no such file or directory; name a directory, or "host"
}

// A violation names the call that the filter stopped.
func ExampleReport_violation() {
	strict, _ := policy.Builtin("strict")
	report, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: []string{"python3", "-c", "import socket; socket.socket()"},
	}, strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Status, report.Violation.Syscall)
	// Output: syscall socket
}
