package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("`([^`]+)`")

// tableRows gives the rows of the tables of a Markdown file below a heading, as cells.
func tableRows(text, heading string) [][]string {
	_, text, _ = strings.Cut(text, "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var rows [][]string
	for line := range strings.Lines(text) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok || strings.HasPrefix(line, "---") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "|"), " |")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[min(len(rows), 1):] // less the head
}

func names(cell string) []string {
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// TestSecurity: each attack that SECURITY.md lists is stopped by two layers or
// more, or the row says why by one, and by tests that exist.
func TestSecurity(t *testing.T) {
	root := filepath.Join("..", "..")
	data, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	layers := map[string]bool{} // and whether some attack meets it
	for _, row := range tableRows(string(data), "The layers") {
		for _, name := range names(row[0]) {
			layers[name] = false
		}
		for _, place := range names(row[2]) {
			if _, err := os.Stat(filepath.Join(root, place)); err != nil {
				t.Errorf("layer %s: %v", row[0], err)
			}
		}
	}
	attacks := 0
	for _, row := range tableRows(string(data), "Attack, layers, test") {
		if len(row) != 3 {
			t.Errorf("a row of %d cells: %q", len(row), row)
			continue
		}
		if strings.HasPrefix(row[0], "**") { // a heading
			continue
		}
		attacks++
		_, why, one := strings.Cut(row[1], "one: ")
		stops := names(row[1])
		slices.Sort(stops)
		if n := len(slices.Compact(stops)); n == 0 || n == 1 && len(why) < 20 || n > 1 && one {
			t.Errorf("%s: %d layers, one of them because of %q", row[0], n, why)
		}
		for _, name := range stops {
			if _, ok := layers[name]; !ok {
				t.Errorf("%s: %s is no layer", row[0], name)
			}
			layers[name] = true
		}
		tests := names(row[2])
		if len(tests) == 0 {
			t.Errorf("%s: no test", row[0])
		}
		for _, test := range tests {
			if problem := missingTest(root, test); problem != "" {
				t.Errorf("%s: %s", row[0], problem)
			}
		}
	}
	for name, met := range layers {
		if !met {
			t.Errorf("layer %s stops nothing", name)
		}
	}
	if attacks < 40 {
		t.Errorf("%d attacks were read", attacks)
	}
}

// missingTest says what is wrong with the name of a test: a case, a script, or
// FILE:FUNCTION.
func missingTest(root, test string) string {
	file, function, isGo := strings.Cut(test, ":")
	text, err := os.ReadFile(filepath.Join(root, file))
	switch {
	case err != nil:
		return err.Error()
	case isGo && !strings.Contains(string(text), "\nfunc "+function+"(t *testing.T) {"):
		return file + " has no " + function
	case !isGo && !strings.HasPrefix(file, "testcases/") && !strings.HasPrefix(file, "cmd/judge/testdata/script/"):
		return test + " is neither a case nor a script"
	case !isGo && strings.HasPrefix(file, "testcases/") && !strings.Contains(string(text), "@name "+strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))+"\n"):
		return file + " is no case"
	}
	return ""
}
