package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"judge/policy"
)

// TestManual: judge.1 has each flag and each command once, as --help has them,
// and no other.
func TestManual(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "man", "judge.1"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range slices.Concat(runFlagTable[:], learnFlagTable[:]) {
		line := `\fB\-\-` + escape(f.name) + `\fR`
		if f.short != "" {
			line = `\fB\-` + f.short + `\fR, ` + line
		}
		if f.arg != "" {
			line += ` \fI` + escape(f.arg) + `\fR`
		}
		want = append(want, line)
	}
	for _, c := range commands() {
		want = append(want, `.SS judge `+c.Name)
	}
	have := regexp.MustCompile(`(?m)^(\\fB\\-.*|\.SS judge .*)$`).FindAllString(string(data), -1)
	for _, line := range want {
		if n := len(slices.DeleteFunc(slices.Clone(have), func(l string) bool { return l != line })); n != 1 {
			t.Errorf("judge.1 has this line %d times, want once: %s", n, line)
		}
	}
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("judge.1 tells of what judge does not have: %s", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("feature missing: groff")
	}
	cmd := exec.Command(groff, "-man", "-Tascii", "-ww", "-z")
	cmd.Stdin = strings.NewReader(string(data))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

// TestReadme: README.md names no flag that judge run and judge policy do not have, each
// schema, and the digest that the policy of its first report has.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	others := []string{"--privileged", "--calls", "--call", "--json", "--time", "--no-stream", "--name", "--base", "--mirror", "--list", "--security-opt", "--scope", "--user", "--html", "--junit", "--format", "--journal", "--manifest", "--fresh", "--nats", "--nkey", "--listen", "--tls-cert", "--tls-key", "--users", "--results", "--sizes", "--http", "--tokens", "--data-binary"}
	all := append(flagsOf(func(runFlag) bool { return true }), learnFlagNames()...)
	for _, flag := range regexp.MustCompile(`(?m)(?:^|[\s`+"`"+`])(--[a-z][a-z-]+)`).FindAllStringSubmatch(string(data), -1) {
		if !slices.Contains(all, flag[1]) && !slices.Contains(others, flag[1]) {
			t.Errorf("README.md names %s, which judge run does not have", flag[1])
		}
	}
	if row := "| `judge schema " + strings.Join(schemas(), "`, `") + "` |"; !strings.Contains(string(data), row) {
		t.Errorf("README.md lacks %s", row)
	}
	if strict, ok := policy.Builtin("strict"); !ok || !strings.Contains(string(data), `"`+strict.Digest()+`"`) {
		t.Errorf("README.md lacks the digest of strict, %s: print its first report anew", strict.Digest())
	}
}

func escape(s string) string { return strings.ReplaceAll(s, "-", `\-`) }

// TestCompletions: the files of completions/ are what the tables of this
// package make.
func TestCompletions(t *testing.T) {
	for name, text := range map[string]string{"judge.bash": bashCompletion(), "_judge": zshCompletion(), "judge.fish": fishCompletion()} {
		path := filepath.Join("..", "..", "completions", name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != text {
			t.Errorf("completions/%s is out of date: go test ./cmd/judge -run TestCompletions -update", name)
		}
	}
}

// TestBashCompletes asks bash.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ line, want string }{
		{"judge ru", "run"},
		{"judge run --me", "--memory"},
		{"judge run --policy str", "strict"},
		{"judge run -p com", "compile"},
		{"judge run --cpuset a", "auto"},
		{"judge run --net ", networks},
		{"judge run --net br", "bridge"},
		{"judge run --report /dev/nul", "/dev/null"},
		{"judge run --rootfs /us", "/usr"},
		{"judge rootfs im", "import"},
		{"judge rootfs import /dev/nul", "/dev/null"},
		{"judge run --memory ", ""},
		{"judge run /dev/nul", "/dev/null"},
		{"judge policy sh", "show"},
		{"judge policy show st", "strict"},
		{"judge policy le", "learn"},
		{"judge policy learn --ag", "--against"},
		{"judge policy learn --mem", "--memory"},
		{"judge policy learn /dev/nul", "/dev/null"},
		{"judge policy learn -p str", "strict"},
		{"judge policy explain str", "strict"},
		{"judge policy explain strict --call", "--calls --call"},
		{"judge schema ", "report doctor grade"},
		{"judge grade --gra", "--gradescope"},
		{"judge verify --gra", ""},
		{"judge grade --na", "--nats"},
		{"judge serve --st", "--store"},
		{"judge worker --cache-", "--cache-size"},
		{"judge submit --jo", ""},
		{"judge results --gra", "--gradescope"},
		{"judge status --js", "--json"},
		{"judge grade /dev/nul", "/dev/null"},
		{"judge compare --no", "--noise --noise-time"},
		{"judge languages --", "--rootfs --presets --json"},
		{"judge doctor --", "--json"},
		{"judge ps --", "--json"},
		{"judge kill -", "-9"},
		{"judge exec --w", "--workdir"},
		{"judge oci ", "run"},
		{"judge oci run --mem", "--memory"},
		{"judge oci run --pol", ""},
		{"judge gc -", "-n"},
	} {
		words := strings.Split(test.line, " ")
		script := fmt.Sprintf("source ../../completions/judge.bash; COMP_WORDS=(%s); COMP_CWORD=%d; _judge; printf '%%s ' \"${COMPREPLY[@]}\"",
			"'"+strings.Join(words, "' '")+"'", len(words)-1)
		out, err := exec.Command(bash, "-c", script).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
			t.Errorf("%q completes to %q (%v), want %q", test.line, got, err, test.want)
		}
	}
}

const made = `Made from the tables of cmd/judge: go test ./cmd/judge -run TestCompletions -update`

// kindOf says what a flag's value is, for completion: "policy", "file", "dir",
// "cpuset", "net" or "".
func kindOf(f runFlag) string {
	switch {
	case f.name == "policy", f.name == "cpuset", f.name == "net":
		return f.name
	case strings.Contains(f.arg, "DIR"):
		return "dir"
	case strings.Contains(f.arg, "FILE"), strings.HasPrefix(f.arg, "SRC"):
		return "file"
	}
	return ""
}

// networks are the values of --net.
const networks = "none bridge host"

// ociFlags are the flags of judge run that judge oci run has.
func ociFlags() string {
	return strings.Join(flagsOf(func(f runFlag) bool { return f.name != "policy" && f.name != "rootfs" }), " ")
}

// flagsOf lists flags as typed, less those whose kind is not wanted; nil wants all.
func flagsOf(wanted func(runFlag) bool) []string {
	var list []string
	for _, f := range runFlagTable {
		if !wanted(f) {
			continue
		}
		list = append(list, "--"+f.name)
		if f.short != "" {
			list = append(list, "-"+f.short)
		}
	}
	return list
}

// learnFlagNames are the flags of judge policy learn that judge run lacks.
func learnFlagNames() []string {
	var list []string
	for _, f := range learnFlagTable {
		list = append(list, "--"+f.name)
		if f.short != "" {
			list = append(list, "-"+f.short)
		}
	}
	return list
}

func verbNames() string {
	var names []string
	for _, v := range policyVerbs() {
		names = append(names, v.Name)
	}
	return strings.Join(names, " ")
}

func commandNames() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// houseCases fills in a form for each command of few flags: its name, and they.
func houseCases(form string) string {
	var b strings.Builder
	for _, c := range commands() {
		var flags []string
		for _, f := range houseFlags(c.Name) {
			flags = append(flags, f.name)
		}
		if len(flags) > 0 {
			fmt.Fprintf(&b, form, c.Name, strings.Join(flags, " "))
		}
	}
	return b.String()
}

// rootfsVerbs are the commands of judge rootfs, as the source of its program lists them.
func rootfsVerbs() string {
	source, err := os.ReadFile(filepath.Join("..", "judge-rootfs", "main.go"))
	if err != nil {
		panic(err)
	}
	var words []string
	for _, m := range regexp.MustCompile(`(?m)^\t\t\{"([a-z]+)", "`).FindAllStringSubmatch(string(source), -1) {
		words = append(words, m[1])
	}
	return strings.Join(words, " ")
}

func bashCompletion() string {
	var cases strings.Builder
	for _, c := range []struct{ kind, words, action string }{
		{"policy", strings.Join(policy.Names(), " "), "-f"},
		{"cpuset", "auto", ""},
		{"net", networks, ""},
		{"dir", "", "-d"},
		{"file", "", "-f"},
		{"", "", "nothing"},
	} {
		flags := flagsOf(func(f runFlag) bool { return f.arg != "" && kindOf(f) == c.kind })
		if len(flags) == 0 {
			continue
		}
		fmt.Fprintf(&cases, "        %s)\n", strings.Join(flags, " | "))
		switch {
		case c.action == "nothing":
			fmt.Fprintf(&cases, "            COMPREPLY=()\n")
		case c.words == "":
			fmt.Fprintf(&cases, "            mapfile -t COMPREPLY < <(compgen %s -- \"$cur\")\n", c.action)
		default:
			fmt.Fprintf(&cases, "            mapfile -t COMPREPLY < <(compgen %s -- \"$cur\")\n", strings.TrimSpace("-W '"+c.words+"' "+c.action))
		}
		cases.WriteString("            return\n            ;;\n")
	}
	all := flagsOf(func(runFlag) bool { return true })
	return `# shellcheck shell=bash
# Completion of judge for bash. ` + made + `
_judge() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W '` + commandNames() + `' -- "$cur")
        return
    fi
    case ${COMP_WORDS[1]} in
    run)
        case $prev in
` + cases.String() + `        esac
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '` + strings.Join(all, " ") + `' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    policy)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W '` + verbNames() + `' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == learn && $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '` + strings.Join(append(learnFlagNames(), all...), " ") + `' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == learn && $prev != -p && $prev != --policy && $prev != --against ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        elif [[ ${COMP_WORDS[2]} == explain && $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--calls --call' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -W '` + strings.Join(policy.Names(), " ") + `' -f -- "$cur")
        fi
        ;;
    schema)
        mapfile -t COMPREPLY < <(compgen -W '` + strings.Join(schemas(), " ") + `' -- "$cur")
        ;;
    rootfs)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W '` + rootfsVerbs() + `' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == import ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        elif [[ ${COMP_WORDS[2]} == build ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(judge rootfs build --list 2>/dev/null | cut -d' ' -f1)" -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -W "$(judge rootfs list 2>/dev/null | cut -d' ' -f1 | tail -n +2)" -- "$cur")
        fi
        ;;
    oci)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W 'run' -- "$cur")
        elif [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '` + ociFlags() + `' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        fi
        ;;
` + gradeCases("    %s)\n        if [[ $cur == -* ]]; then\n            mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n        else\n            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n        fi\n        ;;\n") +
		houseCases("    %s)\n        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n        ;;\n") + `    esac
}
complete -o filenames -F _judge judge
`
}

func zshCompletion() string {
	action := map[string]string{
		"policy": "_alternative 'policies:policy:(" + strings.Join(policy.Names(), " ") + ")' 'files:file:_files'",
		"cpuset": "(auto)", "net": "(" + networks + ")", "dir": "_files -/", "file": "_files", "": "",
	}
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	var b strings.Builder
	b.WriteString("#compdef judge\n# Completion of judge for zsh. " + made + "\n_judge() {\n    if ((CURRENT == 2)); then\n        local -a commands=(\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "            '%s:%s'\n", c.Name, quote.Replace(c.About))
	}
	b.WriteString("        )\n        _describe command commands\n        return\n    fi\n    local command=$words[2]\n    shift words\n    ((CURRENT--))\n    case $command in\n    run)\n        _arguments -S \\\n")
	for _, f := range runFlagTable {
		spec := "[" + quote.Replace(f.about) + "]"
		if f.arg != "" {
			spec += ":" + quote.Replace(f.arg) + ":" + strings.ReplaceAll(action[kindOf(f)], "'", `'\''`)
		}
		many := ""
		if strings.Contains(f.about, "repeatable") {
			many = "*"
		}
		if f.short != "" {
			fmt.Fprintf(&b, "            '(-%s --%s)'{-%s,--%s}'%s' \\\n", f.short, f.name, f.short, f.name, spec)
			continue
		}
		fmt.Fprintf(&b, "            '%s--%s%s' \\\n", many, f.name, spec)
	}
	b.WriteString(`            '1:program:_files' '*::argument:_files'
        ;;
    policy)
        if ((CURRENT == 2)); then
            compadd ` + verbNames() + `
        elif [[ $words[2] == learn && $PREFIX == -* ]]; then
            compadd -- ` + strings.Join(append(learnFlagNames(), flagsOf(func(runFlag) bool { return true })...), " ") + `
        elif [[ $words[2] == explain && $PREFIX == -* ]]; then
            compadd -- --calls --call
        else
            _alternative 'policies:policy:(` + strings.Join(policy.Names(), " ") + `)' 'files:file:_files'
        fi
        ;;
    schema)
        compadd ` + strings.Join(schemas(), " ") + `
        ;;
    rootfs)
        if ((CURRENT == 2)); then
            compadd ` + rootfsVerbs() + `
        elif [[ $words[2] == import ]]; then
            _files
        elif [[ $words[2] == build ]]; then
            compadd -- ${(f)"$(judge rootfs build --list 2>/dev/null | cut -d' ' -f1)"}
        else
            compadd -- ${(f)"$(judge rootfs list 2>/dev/null | cut -d' ' -f1 | tail -n +2)"}
        fi
        ;;
    oci)
        if ((CURRENT == 2)); then
            compadd run
        elif [[ $PREFIX == -* ]]; then
            compadd -- ` + ociFlags() + `
        else
            _files -/
        fi
        ;;
` + gradeCases("    %s)\n        if [[ $PREFIX == -* ]]; then\n            compadd -- %s\n        else\n            _files\n        fi\n        ;;\n") +
		houseCases("    %s)\n        compadd -- %s\n        ;;\n") + `    esac
}
_judge "$@"
`)
	return b.String()
}

func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# Completion of judge for fish. " + made + "\n")
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "complete -c judge -n __fish_use_subcommand -f -a %s -d '%s'\n", c.Name, quote.Replace(c.About))
	}
	args := map[string]string{
		"policy": " -r -a '" + strings.Join(policy.Names(), " ") + "'", "cpuset": " -x -a auto", "net": " -x -a '" + networks + "'",
		"dir": " -x -a '(__fish_complete_directories)'", "file": " -r", "": " -x",
	}
	for _, f := range runFlagTable {
		arg := ""
		if f.arg != "" {
			arg = args[kindOf(f)]
		}
		b.WriteString(fishFlag("run", f.name, f.short, arg, f.about))
	}
	b.WriteString("complete -c judge -n '__fish_seen_subcommand_from oci' -x -a 'run (__fish_complete_directories)'\n")
	b.WriteString("complete -c judge -n '__fish_seen_subcommand_from policy' -a '" + verbNames() + " " + strings.Join(policy.Names(), " ") + "'\n")
	for _, f := range learnFlagTable {
		arg := ""
		if f.arg != "" {
			arg = " -r"
		}
		b.WriteString(fishFlag("learn", f.name, f.short, arg, f.about))
	}
	b.WriteString("complete -c judge -n '__fish_seen_subcommand_from schema' -f -a '" + strings.Join(schemas(), " ") + "'\n")
	b.WriteString("complete -c judge -n '__fish_seen_subcommand_from rootfs' -a '" + rootfsVerbs() + "'\n")
	for _, c := range commands() {
		for _, f := range gradeFlags(c.Name) {
			arg := ""
			if f.arg != "" {
				arg = " -r"
			}
			b.WriteString(fishFlag(c.Name, f.name, f.short, arg, f.about))
		}
		for _, f := range houseFlags(c.Name) {
			kind, name := "s", f.name[1:]
			if name[0] == '-' {
				kind, name = "l", name[1:]
			}
			fmt.Fprintf(&b, "complete -c judge -n '__fish_seen_subcommand_from %s' -f -%s %s -d '%s'\n", c.Name, kind, name, quote.Replace(f.about))
		}
	}
	return b.String()
}
