package grading

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestManual: each page has each flag of its commands as --help has it, and no other.
// What judge submit and results share with judge grade is in that one's page.
func TestManual(t *testing.T) {
	for page, commands := range map[string][]string{
		"judge-grade.1": {"grade", "verify"},
		"judge-farm.1":  {"serve", "worker", "status", "watch", "cancel"},
	} {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "man", page))
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, m := range regexp.MustCompile(`\\fB\\-\\-([a-z\\-]+)\\fR`).FindAllStringSubmatch(string(data), -1) {
			have[strings.ReplaceAll(m[1], `\`, "")] = true
		}
		told := map[string]bool{}
		for _, command := range commands {
			Flags(command).VisitAll(func(f *pflag.Flag) {
				told[f.Name] = true
				if !have[f.Name] {
					t.Errorf("%s does not tell of --%s, of judge %s", page, f.Name, command)
				}
			})
		}
		for name := range have {
			if !told[name] {
				t.Errorf("%s tells of --%s, which there is not", page, name)
			}
		}
		formatted(t, page, string(data))
	}
	grade := Flags("grade")
	for _, command := range []string{"submit", "results"} {
		Flags(command).VisitAll(func(f *pflag.Flag) {
			if grade.Lookup(f.Name) == nil {
				t.Errorf("judge %s has --%s, which judge grade has not: no page tells of it", command, f.Name)
			}
		})
	}
}

// formatted has groff read a page.
func formatted(t *testing.T, page, text string) {
	t.Helper()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("feature missing: groff")
	}
	cmd := exec.Command(groff, "-man", "-Tascii", "-ww", "-z")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff %s: %v\n%s", page, err, out)
	}
}
