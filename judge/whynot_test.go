package judge

import "testing"

func TestFirstError(t *testing.T) {
	for name, c := range map[string]struct{ output, want string }{
		"gcc":                 {"a.c: In function 'main':\na.c:2:1: error: 'x' undeclared\na.c:3:1: error: more\n", "a.c:2:1: error: 'x' undeclared\n"},
		"gcc: a warning":      {"a.c:1:1: warning: unused\na.c:2:1: fatal error: no.h: No such file\n", "a.c:2:1: fatal error: no.h: No such file\n"},
		"ld before collect2":  {"ld: crt1.o: in function `_start':\n(.text+0x17): undefined reference to `main'\ncollect2: error: ld returned 1\n", "(.text+0x17): undefined reference to `main'\n"},
		"python":              {"Sorry: IndentationError: unexpected indent (a.py, line 2)", "Sorry: IndentationError: unexpected indent (a.py, line 2)"},
		"rustc":               {"warning: unused\nerror[E0425]: cannot find value\n", "error[E0425]: cannot find value\n"},
		"a name is no reason": {"terrors.c:1:1: note: see errors\n", ""},
		"nothing":             {"", ""},
	} {
		if got := firstError(c.output); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
