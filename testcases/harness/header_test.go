package harness

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// header makes the text of a C case with a complete header and more lines.
func header(lines ...string) string {
	base := []string{"@name case", "@kind resource", "@why because", "@expect ok"}
	return "/*\n * " + strings.Join(append(base, lines...), "\n * ") + "\n */\nint main(void) { return 0; }\n"
}

func TestParseTakesTheHeader(t *testing.T) {
	cases, err := Parse("dir/case.c", header(
		"Prose, and mail@example.org.",
		"@needs gcc  kernel:io_uring",
		"@build -pthread -lm",
		"@args {each} {canary}",
		"@each one two",
		"@repeat 3",
		"@stdin text \"a\\n\\x41\\0\"",
		"@limits cpu=1s wall=250ms memory=64MiB output=8KiB pids=7 idle=2s cpus=0.5",
		"@host process",
		"@host interrupt SIGTERM 500ms",
		"@expect stdout-lacks {each} {pid}",
		"@unsandboxed stdout-contains {secret}",
	))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 || cases[0].Name != "case/one" || cases[1].Name != "case/two" {
		t.Fatalf("got %+v", cases)
	}
	c := cases[1]
	if !slices.Equal(c.Args, []string{"two", "{canary}"}) || c.Repeat != 3 || c.Parallel != 1 {
		t.Errorf("args %q, repeat %d, parallel %d", c.Args, c.Repeat, c.Parallel)
	}
	if string(c.Stdin.Data) != "a\nA\x00" {
		t.Errorf("stdin %q", c.Stdin.Data)
	}
	l := c.Limits
	if l.CPU != time.Second || l.Wall != 250*time.Millisecond || l.Memory != 64<<20 || l.Output != 8<<10 || l.PIDs != 7 ||
		l.Idle != 2*time.Second || l.CPUs != 0.5 || l.Stack != defaultLimits.Stack {
		t.Errorf("limits %+v", l)
	}
	if h := c.Host[1]; h.Kind != "interrupt" || h.Signal != 15 || h.After != 500*time.Millisecond {
		t.Errorf("host %+v", h)
	}
	if !slices.Equal(c.Expect, []string{"ok", "stdout-lacks two {pid}"}) {
		t.Errorf("expect %q", c.Expect)
	}
}

func TestParseReadsScripts(t *testing.T) {
	for name, text := range map[string]string{
		"case.sh": "#!/bin/sh\n# @name case\n# @kind resource\n# @why x\n# @expect ok\necho\n# @bogus\n",
		"case.py": "# @name case\n# @kind resource\n#   prose\n# @why x\n# @expect ok\n\n# @bogus\n",
	} {
		if _, err := Parse(name, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":                   header("@expcet ok"),
		"unknown kind":                  strings.Replace(header(), "resource", "resources", 1),
		"no kind":                       strings.Replace(header(), "@kind resource", "", 1),
		"no why":                        strings.Replace(header(), "@why because", "", 1),
		"no expectation":                strings.Replace(header(), "@expect ok", "", 1),
		"another name":                  strings.Replace(header(), "@name case", "@name other", 1),
		"a key twice":                   header("@args a", "@args b"),
		"unknown verdict":               strings.Replace(header(), "@expect ok", "@expect okay", 1),
		"verdict error":                 strings.Replace(header(), "@expect ok", "@expect ok | error", 1),
		"signal without a number":       strings.Replace(header(), "@expect ok", "@expect signal", 1),
		"ok with a number":              strings.Replace(header(), "@expect ok", "@expect ok 0", 1),
		"empty alternative":             strings.Replace(header(), "@expect ok", "@expect ok |", 1),
		"unknown invariant":             header("@expect stdout-has x"),
		"a second verdict":              header("@expect memory"),
		"invariant without text":        header("@expect stdout-contains"),
		"wrong operator":                header("@expect peak-memory 5MiB"),
		"operator after a text":         header("@expect stdout-lacks>=3"),
		"bad size":                      header("@expect peak-memory>=5MB"),
		"bad time":                      header("@expect cpu-time>=5"),
		"bad share":                     header("@expect cpu-time-within 5 of 1s"),
		"bad sum":                       header("@expect stdout-sha256 abc"),
		"neither yes nor no":            header("@expect oom-kill maybe"),
		"two names":                     header("@expect file-collected a b"),
		"name without a text":           header("@expect collected-contains a"),
		"unknown need":                  header("@needs gcc rust"),
		"unknown limit":                 header("@limits cpu=1s swap=3MiB"),
		"limit without a value":         header("@limits cpu"),
		"time in minutes":               header("@limits cpu=1m"),
		"unknown preparation":           header("@host container"),
		"preparation with an extra":     header("@host tty please"),
		"unknown signal":                header("@host interrupt SIGFOO 1s"),
		"interrupt without a time":      header("@host interrupt SIGTERM"),
		"bad umask":                     header("@host umask 999"),
		"unknown state of stdout":       header("@host stdout wet"),
		"unknown resource":              header("@host rlimit swap=3"),
		"resource without a limit":      header("@host rlimit cpu"),
		"env without a value":           header("@host env NAME"),
		"unknown input":                 header("@stdin file /etc/passwd"),
		"unquoted text":                 header("@stdin text abc"),
		"unknown escape":                header(`@stdin text "\q"`),
		"empty each":                    header("@each"),
		"repeat nothing":                header("@repeat 0"),
		"unknown placeholder":           header("@args {cannary}"),
		"placeholder not prepared":      header("@args {pid}"),
		"unsandboxed unknown":           header("@unsandboxed sane"),
		"unknown alteration":            header("@alter shrink 3"),
		"alteration without its number": header("@alter truncate"),
		"no comment":                    "int main(void) { return 0; }\n",
		"comment without an end":        "/* @name case\n",
	} {
		if cases, err := Parse("case.c", text); err == nil {
			t.Errorf("%s: accepted as %+v", name, cases)
		}
	}
	if _, err := Parse("case.txt", header()); err == nil {
		t.Error("a case with an unknown ending: accepted")
	}
}

func TestDefaultLimitsAreThoseOfTheFormat(t *testing.T) {
	want := "--cpu-time 5s --wall-time 10s --memory 268435456 --pids 64 --output 16777216 --file-size 67108864 " +
		"--disk 134217728 --inodes 16384 --stack 8388608 --open-files 256"
	if got := strings.Join(defaultLimits.flags(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l, err := parseLimits("idle=600ms cpus=0.5")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(l.flags()[20:], " "); got != "--idle-time 600ms --cpus 0.5" {
		t.Errorf("got %s", got)
	}
}

func TestStdinPattern(t *testing.T) {
	s, err := parseStdin("pattern 28")
	if err != nil || string(s.Data) != "abcdefghijklmnopqrstuvwxyzab" {
		t.Errorf("%q, %v", s.Data, err)
	}
	if s, err = parseStdin("open"); err != nil || !s.Open {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestAllCasesParse reads every header in the repository.
func TestAllCasesParse(t *testing.T) {
	for _, dir := range []string{"../conformance/cases", "../hostile"} {
		cases, err := Load(dir)
		if err != nil {
			t.Error(err)
		}
		t.Logf("%s: %d cases", dir, len(cases))
	}
}
