package problems

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"judge/judge/problem"
)

// write puts files below a folder; a name that ends in / is a folder.
func write(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// echo is a package whose submissions have to print their input.
func echo(t *testing.T, dir string, more map[string]string) string {
	files := map[string]string{
		"problem.yaml": "name: Echo\n", ".timelimit": "1\n",
		"data/secret/1.in": "one\n", "data/secret/1.ans": "one\n",
		"submissions/accepted/echo.c": echoC,
	}
	for name, text := range more {
		files[name] = text
	}
	return write(t, dir, files)
}

const echoC = "#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c); return 0; }\n"

// accepted runs judge with these arguments, and wants n submissions, all AC as expected.
func accepted(t *testing.T, n int, args ...string) {
	t.Helper()
	status, out, said := run(t, command(t, args...))
	if status != 0 {
		t.Fatalf("%q: exit status %d: %s", args, status, said)
	}
	doc := decode(t, out)
	if len(doc.Submissions) != n {
		t.Errorf("%q: %d submissions, want %d", args, len(doc.Submissions), n)
	}
	for _, r := range doc.Submissions {
		if r.Verdict != problem.AC || r.Agrees != nil && !*r.Agrees {
			t.Errorf("%q: %s is %s (%s)", args, r.Submission, r.Verdict, r.Reason)
		}
	}
}

// TestNames: what a folder, a package or a submission is called changes nothing.
func TestNames(t *testing.T) {
	for _, name := range []string{"with space", "ünïcödé 問題", "new\nline", "-rf", "$(touch x)", "a:b,c=d", "'q\"", "%s%n", strings.Repeat("long", 60)} {
		t.Run(name, func(t *testing.T) {
			dir := echo(t, filepath.Join(t.TempDir(), name), nil)
			accepted(t, 1, "verify", "--format", "json", "--", dir)
		})
	}
	t.Run("relative, with a dash", func(t *testing.T) {
		above := t.TempDir()
		echo(t, filepath.Join(above, "-o"), nil)
		cmd := command(t, "verify", "--format", "json", "--", "-o")
		cmd.Dir = above
		if status, out, said := run(t, cmd); status != 0 || len(decode(t, out).Submissions) != 1 {
			t.Errorf("exit status %d: %s", status, said)
		}
	})
}

// TestSubmissionNames: nor is any file's name an option, a command or a way out.
func TestSubmissionNames(t *testing.T) {
	dir, subs := echo(t, filepath.Join(t.TempDir(), "echo"), nil), t.TempDir()
	args := []string{"grade", "--format", "json", "--expect", "AC", "--", dir}
	for _, name := range []string{"-o.c", "--help.c", "$(touch x).c", "a b.c", "@x.c", "..c.c", "new\nline.c", "é.c", "`id`.c", "-.py", "-c.py", "a;b.py", "-Xss1k.java"} {
		text := echoC
		switch filepath.Ext(name) {
		case ".py":
			text = "import sys\nsys.stdout.write(sys.stdin.read())\n"
		case ".java":
			text = "class E { public static void main(String[] a) throws Exception { System.in.transferTo(System.out); } }\n"
		}
		write(t, subs, map[string]string{name: text})
		args = append(args, filepath.Join(subs, name))
	}
	write(t, subs, map[string]string{"-dir/--version/main.c": echoC, "-dir/-include.h": "\n", "-dir/..data/x.txt": "\n"})
	args = append(args, filepath.Join(subs, "-dir"))
	accepted(t, len(args)-7, args...)
}

// mounted has the command run in a mount namespace of its own, after a script with the
// folder as $1: what a test mounts goes with it, however it ends.
func mounted(t *testing.T, cmd *exec.Cmd, script, dir string) {
	t.Helper()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args = append([]string{"unshare", "-m", "sh", "-ec", script + "\nshift\nexec \"$@\"", "sh", dir, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = unshare
}

// TestReadOnlyAndLinked: a package that cannot be written, given through a link.
func TestReadOnlyAndLinked(t *testing.T) {
	above := t.TempDir()
	dir := echo(t, filepath.Join(above, "echo"), nil)
	if err := os.Symlink("echo", filepath.Join(above, "link")); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "verify", "--format", "json", filepath.Join(above, "link"))
	mounted(t, cmd, `mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; ! touch "$1/x" 2>/dev/null`, dir)
	status, out, said := run(t, cmd)
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, said)
	}
	if doc := decode(t, out); doc.Summary["AC"] != 1 {
		t.Errorf("%v: %s", doc.Summary, said)
	}
}

// TestTwoAtOnce: two judges on one package.
func TestTwoAtOnce(t *testing.T) {
	dir := echo(t, filepath.Join(t.TempDir(), "echo"), nil)
	done := make(chan struct{})
	var outs [2]bytes.Buffer
	for i := range outs {
		cmd := command(t, "verify", "--format", "json", dir)
		cmd.Stdout = &outs[i]
		go func() {
			defer func() { done <- struct{}{} }()
			if err := cmd.Run(); err != nil {
				t.Errorf("%v", err)
			}
		}()
	}
	<-done
	<-done
	for i := range outs {
		if doc := decode(t, outs[i].String()); doc.Summary["AC"] != 1 {
			t.Errorf("%v", doc.Summary)
		}
	}
}

// TestInterrupted: SIGINT in the middle ends judge soon, with its status, and nothing is left.
func TestInterrupted(t *testing.T) {
	dir := echo(t, filepath.Join(t.TempDir(), "echo"), map[string]string{
		".timelimit":                             "60\n",
		"submissions/accepted/echo.c":            "#include <unistd.h>\nint main(void) { for (;;) ; }\n",
		"submissions/time_limit_exceeded/long.c": "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n",
	})
	for _, after := range []time.Duration{50 * time.Millisecond, 3 * time.Second} {
		cmd := command(t, "verify", "--format", "json", dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(after, func() { cmd.Process.Signal(syscall.SIGINT) })
		kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		cmd.Wait()
		if !kill.Stop() {
			t.Error("it went on for a minute")
		}
		// 50 ms may be before judge-grade listens: then the signal ends it.
		if status := cmd.ProcessState.ExitCode(); status != 130 && cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
			t.Errorf("after %v: %v", after, cmd.ProcessState)
		}
		if out.Len() > 0 {
			t.Errorf("after %v it wrote %q", after, &out)
		}
		nothingLeft(t, cmd)
	}
}

// TestFullDisk: where temporary files find no room, that is judge's own error, never a
// verdict on the submission.
func TestFullDisk(t *testing.T) {
	full := t.TempDir()
	dir := echo(t, filepath.Join(t.TempDir(), "echo"), nil)
	cmd := command(t, "verify", "--format", "json", dir)
	mounted(t, cmd, `mount -t tmpfs -o size=64k none "$1"; export TMPDIR="$1"`, full)
	status, out, said := run(t, cmd)
	if status != 125 || !strings.Contains(said, "no space left on device") {
		t.Errorf("exit status %d: %s", status, said)
	}
	if out != "" {
		for _, r := range decode(t, out).Submissions {
			if r.Verdict != problem.JE {
				t.Errorf("%s is %s (%s)", r.Submission, r.Verdict, r.Reason)
			}
		}
	}
}

// TestLargeOutput: 100 MB go through; a byte more than the limit is OLE, and memory does
// not hold them.
func TestLargeOutput(t *testing.T) {
	dir := echo(t, filepath.Join(t.TempDir(), "large"), map[string]string{
		"problem.yaml": "name: Large\nlimits: {output: 100, memory: 64}\n", ".timelimit": "5\n",
		"submissions/accepted/echo.c":         large(100 << 20),
		"submissions/output_limit/one_more.c": large(100<<20 + 1),
	})
	line := strings.Repeat("0123456789abcdef012345678901234 ", 32)
	answer, err := os.Create(filepath.Join(dir, "data/secret/1.ans"))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 << 10 {
		fmt.Fprint(answer, line)
	}
	if err := answer.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "verify", "--format", "json", "--jobs", "1", dir)
	status, out, said := run(t, cmd)
	if status != 0 {
		t.Errorf("exit status %d: %s", status, said)
	}
	if doc := decode(t, out); doc.Summary["AC"] != 1 || doc.Summary["OLE"] != 1 {
		t.Errorf("%v: %s", doc.Summary, said)
	}
	if rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; rss > 80<<10 {
		t.Errorf("judge needed %d KiB", rss)
	}
}

// large is a program that writes n bytes in pieces of 32.
func large(n int) string {
	return fmt.Sprintf("#include <stdio.h>\nint main(void) { const char *s = \"0123456789abcdef012345678901234 \"; for (long i = 0; i < %dL; i++) putchar_unlocked(s[i & 31]); return 0; }\n", n)
}

// TestDeepGroups: groups within groups, as deep as a path can be.
func TestDeepGroups(t *testing.T) {
	deep := "data/secret/" + strings.Repeat("g/", 60)
	dir := echo(t, filepath.Join(t.TempDir(), "deep"), map[string]string{
		"problem.yaml": "name: Deep\ntype: scoring\n", "data/testdata.yaml": "accept_score: 7\n",
		deep + "2.in": "two\n", deep + "2.ans": "two\n",
	})
	status, out, said := run(t, command(t, "verify", "--format", "json", dir))
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, said)
	}
	if r := decode(t, out).Submissions[0]; r.Score == nil || *r.Score != 14 || len(r.Groups) != 62 {
		t.Errorf("score %v, %d groups: %s", text(r.Score), len(r.Groups), r.Reason)
	}
}
