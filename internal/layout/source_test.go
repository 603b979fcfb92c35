package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const repository = "../.."

// walk calls do for each file of the repository that is not made by it.
func walk(t *testing.T, do func(path string)) {
	t.Helper()
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != repository {
			switch name := entry.Name(); {
			case name == ".git", name == ".cache", filepath.Dir(path) == repository && name == "bin":
				return fs.SkipDir
			}
		}
		// In a worktree .git is a file that says where the repository is.
		if entry.Type().IsRegular() && path != filepath.Join(repository, ".git") {
			do(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStandsAlone: the project needs nothing of the place where it was written.
func TestStandsAlone(t *testing.T) {
	// A whole path, not the tail of another: /tmp/x/work/y is no place of that machine.
	places := regexp.MustCompile(`(^|[^\w./$}-])/(work|farm)/`)
	walk(t, func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			return
		}
		for i, line := range strings.Split(string(data), "\n") {
			if places.MatchString(line) {
				t.Errorf("%s:%d names a path of one machine: %s", path, i+1, line)
			}
		}
	})
}

// TestPlanMakesNoSystemCall: constants of the kernel are a plan's words, its
// calls are not. Some functions of package unix ask the kernel nothing.
func TestPlanMakesNoSystemCall(t *testing.T) {
	pure := map[string]bool{"Errno": true, "Signal": true, "Mkdev": true, "Major": true, "Minor": true,
		"CmsgSpace": true, "CmsgLen": true}
	files, err := filepath.Glob(filepath.Join(repository, "sandbox/internal/plan/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of package plan: %v", err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if fun, ok := call.Fun.(*ast.SelectorExpr); ok {
				pkg, ok := fun.X.(*ast.Ident)
				if ok && (pkg.Name == "unix" || pkg.Name == "syscall") && !pure[fun.Sel.Name] {
					t.Errorf("%s calls %s.%s", set.Position(call.Pos()), pkg.Name, fun.Sel.Name)
				}
			}
			return true
		})
	}
}
