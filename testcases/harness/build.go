package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"judge/testcases/built"
	"judge/testcases/harness/launcher"
)

// programName is the file name of a case's program. The session's token in it
// is what finds its processes again.
func (s *Session) programName(c Case) string {
	name := filepath.Base(c.File)
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if ext == ".c" {
		ext = ""
	}
	return stem + "." + s.token + ext
}

// build makes the case's program and returns its path. What was built once is
// used again for the next word of @each.
func (s *Session) build(c Case) (string, error) {
	path := filepath.Join(s.programs, s.programName(c))
	if info, err := os.Stat(path); err == nil && len(c.Alter) == 0 && info.Mode().IsRegular() && s.built[path] == c.File {
		return path, nil
	}
	if filepath.Ext(c.File) == ".c" {
		if err := built.Case(path, c.File, c.Build...); err != nil {
			return "", err
		}
	} else {
		text, err := os.ReadFile(c.File)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			return "", err
		}
	}
	for _, a := range c.Alter {
		if err := a.apply(path); err != nil {
			return "", err
		}
	}
	s.built[path] = c.File
	return path, nil
}

// Build makes the programs of these cases and the harness's own, and runs none:
// with $JUDGE_BUILT set, a later session elsewhere need not compile them.
func (s *Session) Build(cases []Case) error {
	for _, name := range []string{"harmless", "ia32", "launch"} {
		if _, err := s.own(name); err != nil {
			return err
		}
	}
	for _, c := range cases {
		if _, err := s.build(c); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// own builds one of the harness's own programs, once.
func (s *Session) own(name string) (string, error) {
	program := filepath.Join(s.programs, name+"."+s.token)
	if s.built[program] != "" {
		return program, nil
	}
	text, err := launcher.Sources.ReadFile("c/" + name + ".c")
	if err != nil {
		return "", err
	}
	source := filepath.Join(s.programs, name+".c")
	if err := os.WriteFile(source, text, 0o644); err != nil {
		return "", err
	}
	if err := built.Case(program, source); err != nil {
		return "", err
	}
	s.built[program] = source
	return program, nil
}

// harmless returns the program of the run after each case: built, or where
// there is no compiler a script.
func (s *Session) harmless() (string, error) {
	if _, err := exec.LookPath("gcc"); err == nil {
		return s.own("harmless")
	}
	path := filepath.Join(s.programs, "harmless."+s.token+".sh")
	text := "#!/bin/sh\n[ \"$1\" = proc ] && exec [ -r /proc/self/stat ]\n" +
		"[ \"$1\" = wait ] && exec sleep 0.3\necho harmless\n"
	return path, os.WriteFile(path, []byte(text), 0o755)
}
