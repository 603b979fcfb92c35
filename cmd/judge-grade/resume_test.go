package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"judge/testcases/built"
	"judge/testcases/timeless"
)

// kills is how often the batch is killed on its way.
const kills = 10

// TestKilled: a batch that is killed with SIGKILL ten times comes to the same report as one
// that was left alone, and leaves nothing. JUDGE_RESUME=1000x20 is another size than the
// small one: submissions x cases (make resume).
func TestKilled(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	submissions, cases := 40, 4
	if size := os.Getenv("JUDGE_RESUME"); size != "" {
		if _, err := fmt.Sscanf(size, "%dx%d", &submissions, &cases); err != nil {
			t.Fatalf("JUDGE_RESUME=%s: %v", size, err)
		}
	}
	bin, dir := t.TempDir(), t.TempDir()
	for name, cgo := range map[string]bool{"judge": false, "judge-grade": false, "judge-seccomp": true} {
		if err := built.Go(filepath.Join(bin, name), name, cgo); err != nil {
			t.Fatal(err)
		}
	}
	manyShells(t, dir, submissions, cases)
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	start := func(out string, more ...string) *exec.Cmd {
		t.Helper()
		args := append([]string{"grade", "-q", "--fresh", "--format", "json", "--out", out, "--manifest", "batch.jsonl"}, more...)
		cmd := exec.Command(filepath.Join(bin, "judge"), args...)
		cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), "TMPDIR="+temp), os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	began := time.Now()
	if err := start("alone.json").Wait(); err != nil {
		t.Fatal(err)
	}
	alone := time.Since(began)
	journal := filepath.Join(dir, "journal")
	killed := 0
	for ; killed < kills; killed++ {
		size := fileSize(journal)
		cmd := start("killed.json", "--journal", "journal")
		// Not before it has done something, nor all of it.
		for deadline := time.Now().Add(time.Minute); fileSize(journal) <= size && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.Float64() * float64(alone) / kills / 2))
		cmd.Process.Signal(syscall.SIGKILL)
		if err := cmd.Wait(); err == nil {
			t.Fatalf("it was done after %d kills", killed)
		}
	}
	if err := start("killed.json", "--journal", "journal").Wait(); err != nil {
		t.Fatal(err)
	}
	want, got := timelessly(t, filepath.Join(dir, "alone.json")), timelessly(t, filepath.Join(dir, "killed.json"))
	if n := strings.Count(want, `"submission":`); n != submissions {
		t.Errorf("%d submissions in the report, want %d", n, submissions)
	}
	if got != want {
		t.Errorf("the reports differ:\n%s\nwant\n%s", got, want)
	}
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if f := strings.SplitN(line, " ", 6); f[2] == "case" {
			if seen[f[3]+f[4]] {
				t.Errorf("a case was judged twice: item %s, %s", f[3], f[4])
			}
			seen[f[3]+f[4]] = true
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	t.Logf("%d submissions x %d cases: %.1f s left alone; killed %d times", submissions, cases, alone.Seconds(), killed)
}

func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// manyShells makes a problem of some cases, and a manifest of scripts of which every
// seventh is wrong, every eleventh fails, and every thirteenth has another source.
func manyShells(t *testing.T, dir string, submissions, cases int) {
	t.Helper()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range cases {
		write(fmt.Sprintf("square/%03d.in", i), fmt.Sprintln(i))
		write(fmt.Sprintf("square/%03d.ans", i), fmt.Sprintln(i*i))
	}
	var manifest strings.Builder
	for i := range submissions {
		text := "read n\necho $((n * n))\n"
		switch {
		case i%7 == 3:
			text = "read n\necho $((n * (n < 3 ? n : 1)))\n"
		case i%11 == 5:
			text = "read n\n[ $n != 2 ] && echo $((n * n))\n"
		case i%13 == 1:
			text += fmt.Sprintln("#", i)
		}
		write(fmt.Sprintf("s/%04d.sh", i), text)
		fmt.Fprintf(&manifest, "{\"problem\":\"square\",\"submission\":\"s/%04d.sh\"}\n", i)
	}
	write("batch.jsonl", manifest.String())
}

// timelessly is a report without what is measured.
func timelessly(t *testing.T, file string) string {
	t.Helper()
	text, err := timeless.Report(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
