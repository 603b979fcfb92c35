package judge

import (
	"fmt"
	"path"
	"slices"

	"judge/judge/problem"
)

// A toolchain is how a source becomes a program.
type toolchain struct {
	language string
	compile  []string // run in the box with the sources; nil: nothing to compile
	run      []string
	policy   string // of the program
	env      map[string]string
}

// toolchainOf finds the toolchain of some files, by a language's code if one is given.
func toolchainOf(files []problem.File, language, entry string) (toolchain, error) {
	ext := func(of ...string) []string {
		var names []string
		for _, f := range files {
			if slices.Contains(of, path.Ext(f.Name)) {
				names = append(names, f.Name)
			}
		}
		return names
	}
	if names := ext(".cc", ".cpp", ".cxx"); len(names) > 0 {
		return toolchain{language: "cpp", compile: append([]string{"g++", "-O2", "-std=gnu++20", "-o", "run"}, names...), run: []string{"/box/run"}, policy: "strict"}, nil
	}
	if names := ext(".c"); len(names) > 0 {
		return toolchain{language: "c", compile: append(append([]string{"gcc", "-O2", "-o", "run"}, names...), "-lm"), run: []string{"/box/run"}, policy: "strict"}, nil
	}
	if names := ext(".py"); len(names) > 0 {
		main := names[0]
		if entry != "" {
			main = entry
		}
		return toolchain{language: "python3", compile: []string{"python3", "-m", "py_compile", main}, run: []string{"python3", main}, policy: "strict"}, nil
	}
	return toolchain{}, fmt.Errorf("no language has files of these names")
}
