package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"judge/cmd/internal/grading"
)

// deploy is where the examples of deployment are.
var deploy = filepath.Join("..", "..", "deploy")

// deployed is a command with its flags: a line of a unit, or a list of YAML.
var deployed = regexp.MustCompile(`(?:/judge (serve|worker)([^\n]*))|(?:\[(serve|worker)\b([^\]]*)\])`)

var flagName = regexp.MustCompile(`--([a-z][a-z-]*)`)

// TestDeployFlags: the examples of deployment give commands flags that they have.
func TestDeployFlags(t *testing.T) {
	calls := map[string]int{}
	err := filepath.WalkDir(deploy, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || ext != ".service" && ext != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, c := range deployed.FindAllStringSubmatch(string(text), -1) {
			name, args := c[1]+c[3], c[2]+c[4]
			flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
			if name == "serve" {
				new(grading.Serving).Flags(flags)
			} else {
				new(grading.Working).Flags(flags)
			}
			for _, f := range flagName.FindAllStringSubmatch(args, -1) {
				calls[filepath.Base(path)]++
				if flags.Lookup(f[1]) == nil {
					t.Errorf("%s: judge %s has no --%s", path, name, f[1])
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]int{"judge-serve.service": 5, "judge-worker.service": 3, "compose.yaml": 9, "server.yaml": 11, "worker.yaml": 4} {
		if calls[file] != want {
			t.Errorf("%s: %d flags were found, not %d", file, calls[file], want)
		}
	}
}

// TestDeployUnits: systemd finds nothing wrong with the units.
func TestDeployUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("feature missing: systemd-analyze")
	}
	dir := t.TempDir()
	judge := filepath.Join(dir, "judge")
	if err := os.WriteFile(judge, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	verify := func(change func(string) string) (string, error) {
		args := []string{"verify", "--man=no", "--generators=no"}
		for _, name := range []string{"judge-serve.service", "judge-worker.service"} {
			text, err := os.ReadFile(filepath.Join(deploy, "systemd", name))
			if err != nil {
				t.Fatal(err)
			}
			unit := filepath.Join(dir, name)
			if err := os.WriteFile(unit, []byte(change(strings.ReplaceAll(string(text), "/usr/local/bin/judge", judge))), 0o644); err != nil {
				t.Fatal(err)
			}
			args = append(args, unit)
		}
		out, err := exec.Command(analyze, args...).CombinedOutput()
		return string(out), err
	}
	if out, err := verify(func(s string) string { return s }); err != nil || strings.Contains(out, dir) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, _ := verify(func(s string) string { return strings.Replace(s, "Restart=", "Rstart=", 1) }); !strings.Contains(out, "Rstart") {
		t.Errorf("a key that is none is passed: %s", out)
	}
}
