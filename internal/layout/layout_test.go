package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "judge/"

// tiers orders the packages of the module: each imports only what stands in a
// line above its own. A name stands for the packages below it too, unless they
// are named themselves. What is not named here (tools, benchmarks, test
// harnesses) may import anything, and nothing named here may import it.
var tiers = [][]string{
	{"policy", "sandbox/seccomptree", "sandbox/internal/procfs", "store"},
	{"rootfs-build/archive", "rootfs-build/recipes"},
	{"rootfs-build/debian"},
	// What the kernel offers, each alone: they do not know each other.
	{"sandbox/internal/seccomp", "sandbox/internal/cgroup", "sandbox/internal/lease", "sandbox/internal/network", "sandbox/internal/userns", "sandbox/internal/systemd"},
	{"sandbox/filter", "sandbox/internal/rlimit"},
	{"sandbox/internal/plan"},
	{"sandbox/internal/rootfs"},
	{"sandbox/internal/spawn"},
	{"sandbox/internal/supervise"},
	{"sandbox"},
	{"sandbox/doctor", "oci"},
	{"judge/problem"},
	{"judge/language", "judge/check"},
	{"judge"},
	{"judge/batch", "judge/report", "judge/spread"},
	{"farm"},
	{"cmd/internal/cli"},
	{"cmd/internal"},
	{"cmd"},
}

// rules says which imports a package never has. A name that ends in /... stands
// for what is below it too.
var rules = []struct {
	pkg   string
	never []string
	why   string
}{
	{"policy", []string{"syscall", "golang.org/x/sys/...", "os/exec", "net/http"},
		"a policy is read the same on every host: no system calls"},
	{"sandbox/internal/plan", []string{"os", "os/exec", "net"},
		"a plan is pure: --explain prints it, tests compare it, nothing is looked up while it is made"},
	{"sandbox/internal/cgroup", []string{"judge/policy"},
		"limits come as figures, so that the same code serves every caller"},
	{"sandbox/...", []string{"judge/judge/...", "judge/cmd/...", "net/http"},
		"the sandbox reports causes; it knows nothing of grading, nor of the web"},
	{"judge/...", []string{"judge/sandbox/internal/...", "syscall", "golang.org/x/sys/..."},
		"grading knows sandbox.Run, and nothing of the kernel"},
	{"judge/problem", []string{"judge/sandbox/...", "judge/policy", "os/exec"},
		"a package format is read and decided about; whoever grades runs what is in it"},
	{"oci", []string{"os/exec", "judge/sandbox"},
		"a bundle is translated, and what comes of it can be looked at; judge run runs it"},
	{"farm", []string{"judge/sandbox/internal/...", "syscall", "golang.org/x/sys/...", "os/exec", "github.com/nats-io/nats-server/..."},
		"a farm hands work to judge's engines and knows no kernel; the server is farm/server's, and workers need not have one"},
	{"farm/web", []string{"judge/sandbox/internal/...", "os/exec", "github.com/nats-io/nats-server/...", "judge/farm/server"},
		"the site knows a farm, wherever its server is, and starts nothing"},
	{"cmd/judge", []string{"net/http", "C"},
		"start-up of judge counts in every run: net/http costs 0.7 ms, cgo with libseccomp 0.7 ms"},
	{"farm/simulate", []string{"net", "os/exec", "judge/farm", "judge/judge/...", "judge/sandbox/...", "github.com/nats-io/..."},
		"a model stands beside what it is the likeness of, and has no server, no program and no clock"},
}

// heavy is what must not be linked into judge, at whatever depth.
var heavy = map[string]string{
	"net/http":    "0.7 ms of start-up in every run",
	"runtime/cgo": "0.7 ms of start-up in every run, and a binary that is not static",
	"regexp":      "a pattern of the package level is compiled in every run, up to 0.2 ms",
	"testing":     "flags and code of tests have no place in a user's program",
}

// A listed package is what "go list -json" says of one.
type listed struct {
	ImportPath string
	Imports    []string
	CgoFiles   []string
	Standard   bool
}

func goList(t *testing.T, env string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Imports,CgoFiles,Standard"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// matches says whether path is pattern, or below it if pattern ends in /...
func matches(pattern, path string) bool {
	prefix, below := strings.CutSuffix(pattern, "/...")
	return path == prefix || below && strings.HasPrefix(path, prefix+"/")
}

// tier finds the line of tiers that a package of the module stands in, by its
// longest name there; -1 if in none.
func tier(path string) int {
	path = strings.TrimPrefix(path, module)
	found, length := -1, 0
	for i, names := range tiers {
		for _, name := range names {
			if len(name) > length && matches(name+"/...", path) {
				found, length = i, len(name)
			}
		}
	}
	return found
}

func TestImportsPointUp(t *testing.T) {
	for _, p := range goList(t, "CGO_ENABLED=1", "./...") {
		own := tier(p.ImportPath)
		if own < 0 {
			if strings.HasPrefix(p.ImportPath, module+"sandbox/") {
				t.Errorf("%s has no place in tiers of internal/layout", p.ImportPath)
			}
			continue
		}
		for _, path := range p.Imports {
			if !strings.HasPrefix(path, module) {
				continue
			}
			if theirs := tier(path); theirs < 0 || theirs >= own && !sameRoom(p.ImportPath, path) {
				t.Errorf("%s imports %s, which does not stand above it in tiers", p.ImportPath, path)
			}
		}
	}
}

// sameRoom says whether one of two packages contains the other: a room may
// divide itself as it likes.
func sameRoom(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

func TestRules(t *testing.T) {
	for _, p := range goList(t, "CGO_ENABLED=1", "./...") {
		for _, rule := range rules {
			if !matches(module+rule.pkg, p.ImportPath) {
				continue
			}
			for _, path := range p.Imports {
				if slices.ContainsFunc(rule.never, func(never string) bool { return matches(never, path) }) {
					t.Errorf("%s imports %s; %s", p.ImportPath, path, rule.why)
				}
			}
		}
	}
}

func TestJudgeStaysLight(t *testing.T) {
	if _, err := os.Stat("../../cmd/judge"); err != nil {
		t.Fatal(err)
	}
	for _, p := range goList(t, "CGO_ENABLED=0", "-deps", "./cmd/judge") {
		if why, ok := heavy[p.ImportPath]; ok {
			t.Errorf("cmd/judge links %s: %s", p.ImportPath, why)
		}
	}
	// Without cgo the files that use it drop out, and with them what they would have brought.
	for _, p := range goList(t, "CGO_ENABLED=1", "-deps", "./cmd/judge") {
		if len(p.CgoFiles) > 0 && !p.Standard {
			t.Errorf("cmd/judge links %s, which uses cgo: %s", p.ImportPath, heavy["runtime/cgo"])
		}
	}
}

func TestTier(t *testing.T) {
	tests := []struct {
		path string
		want string
	}{
		{"judge/policy", "policy"},
		{"judge/sandbox", "sandbox"},
		{"judge/sandbox/internal/spawn", "sandbox/internal/spawn"},
		{"judge/judge/problem/kattis", "judge/problem"},
		{"judge/judge", "judge"},
		{"judge/cmd/judge", "cmd"},
	}
	for _, test := range tests {
		if got := tier(test.path); got < 0 || !slices.Contains(tiers[got], test.want) {
			t.Errorf("tier(%s) = %d, want the one of %s", test.path, got, test.want)
		}
	}
	if got := tier("judge/testcases/harness"); got >= 0 {
		t.Errorf("tier(judge/testcases/harness) = %d, want none", got)
	}
}
