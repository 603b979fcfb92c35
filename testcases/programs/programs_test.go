package programs

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the table of README.md anew, and each want that default gives")

const (
	readme = "../../README.md"
	begin  = "<!-- measured by testcases/programs; go test ./testcases/programs -update -->\n"
	end    = "<!-- end -->\n"
)

var policies = []string{"default", "compile", "strict"}

// A program is a folder. See the package comment.
type program struct {
	name, about string
	flags       map[string][]string // by policy
}

func programs(t *testing.T) []program {
	t.Helper()
	scripts, err := filepath.Glob("*/run")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no programs: ", err)
	}
	var list []program
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		p := program{name: filepath.Dir(script), flags: map[string][]string{}}
		for i, line := range strings.Split(string(text), "\n") {
			comment, ok := strings.CutPrefix(line, "# ")
			policy, flags, isFlags := strings.Cut(comment, ": --")
			switch {
			case ok && i == 1:
				p.about = comment
			case ok && isFlags && slices.Contains(policies, policy):
				p.flags[policy] = strings.Fields("--" + flags)
			case ok:
				t.Errorf("%s:%d: %q names no policy and its flags", script, i+1, comment)
			}
		}
		if p.about == "" {
			t.Errorf("%s:2: does not say what it does", script)
		}
		list = append(list, p)
	}
	return list
}

// TestPrograms runs each under each policy, and compares what came of it with
// the table of README.md.
func TestPrograms(t *testing.T) {
	judge := underJudge(t)
	list := programs(t)
	var lock sync.Mutex
	cells := map[string]string{} // by program and policy
	t.Run("under", func(t *testing.T) {
		for _, p := range list {
			for _, policy := range policies {
				t.Run(policy+"/"+p.name, func(t *testing.T) {
					t.Parallel()
					cell := p.measure(t, judge, policy)
					lock.Lock()
					defer lock.Unlock()
					cells[p.name+" "+policy] = cell
				})
			}
		}
	})
	if t.Failed() {
		return // without the whole there is no table
	}
	checkTable(t, list, cells)
}

// underJudge is the built binary, which $JUDGE names.
func underJudge(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs judge, root, compilers, and a minute")
	}
	if os.Getuid() != 0 {
		t.Fatal("the programs need root; go test -short leaves them out")
	}
	judge := os.Getenv("JUDGE")
	if judge == "" {
		judge = "../../bin/judge"
	}
	path, err := filepath.Abs(judge)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%v; build it with make build, name another in $JUDGE, or leave the programs out with go test -short", err)
	}
	return path
}

// measure runs the program, and tells in the table's words how it went.
func (p program) measure(t *testing.T, judge, policy string) string {
	t.Helper()
	goFlags, goBin := goInside(t)
	args := []string{"run", "-q", "-p", policy, "--box", p.box(t, goBin), "--report", "report.json",
		"--wall-time", "5m"} // several runs share this machine's processors
	args = append(args, goFlags...)
	args = append(args, p.flags[policy]...)
	cmd := exec.Command(judge, append(args, "/bin/bash", "./run")...)
	cmd.Dir = t.TempDir()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	data, readErr := os.ReadFile(filepath.Join(cmd.Dir, "report.json"))
	if readErr != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	var report struct {
		Status, Reason string
		CPU            int64    `json:"cpu_time_ns"`
		Wall           int64    `json:"wall_time_ns"`
		Peak           int64    `json:"memory_peak_bytes"`
		Hit            []string `json:"limits_hit"`
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	t.Logf("%s, processor %d ms, elapsed %d ms, memory %d MiB", report.Status, report.CPU/1e6, report.Wall/1e6, report.Peak>>20)
	if call, ok := strings.CutPrefix(report.Reason, "the filter does not allow "); ok && report.Status == "syscall" && policy == "strict" {
		return "`" + strings.ReplaceAll(call, "|", `\|`) + "`" // GFM: a | ends a cell, in code too
	}
	if report.Status != "ok" {
		t.Fatalf("%s: %s\n%s%s", report.Status, report.Reason, &stdout, &stderr)
	}
	if len(report.Hit) > 0 {
		t.Errorf("met the limits %v", report.Hit)
	}
	p.compare(t, policy, stdout.Bytes(), stderr.Bytes())
	if flags := p.flags[policy]; flags != nil {
		return "with `" + strings.Join(flags, " ") + "`"
	}
	return "works"
}

// box is what the program starts with: a copy of its folder, where build ran.
func (p program) box(t *testing.T, goBin string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "box")
	if err := os.CopyFS(dir, os.DirFS(p.name)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "build")); err != nil {
		return dir
	}
	cmd := exec.Command("/bin/bash", "./build")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+goBin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// goInside makes the Go that runs this test the one that runs see: below /usr
// it is there, elsewhere it is bound to /opt/go.
func goInside(t *testing.T) (flags []string, bin string) {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("go env GOROOT: ", err)
	}
	root := strings.TrimSpace(string(out))
	inside := root
	if !strings.HasPrefix(root, "/usr/") {
		inside = "/opt/go"
		flags = []string{"--bind", root + ":" + inside}
	}
	return append(flags, "--env", "PATH="+inside+"/bin:/usr/local/bin:/usr/bin:/bin", "--env", "GOTOOLCHAIN=local", "--env", "GOPROXY=off"),
		filepath.Join(root, "bin")
}

// compare holds the output against want, which -update takes from default.
func (p program) compare(t *testing.T, policy string, stdout, stderr []byte) {
	t.Helper()
	file := filepath.Join(p.name, "want")
	if *update && policy == "default" {
		if err := os.WriteFile(file, stdout, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if !*update && !bytes.Equal(stdout, want) {
		t.Errorf("printed\n%swant\n%sstderr\n%s", stdout, want, stderr)
	}
}

// checkTable compares what was measured with what README.md says.
func checkTable(t *testing.T, list []program, cells map[string]string) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table between the lines %q and %q", readme, begin, end)
	}
	want := "| program | `default` | `compile` | `strict` |\n| --- | --- | --- | --- |\n"
	complete := true
	for _, p := range list {
		row := fmt.Sprintf("| %s |", p.about)
		for _, policy := range policies {
			cell, ok := cells[p.name+" "+policy]
			complete = complete && ok
			row += " " + cell + " |"
		}
		want += row + "\n"
	}
	if !complete {
		return // -run left some out
	}
	if *update {
		if err := os.WriteFile(readme, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("%s says\n%smeasured was\n%s(go test ./testcases/programs -update)", readme, table, want)
	}
}
