package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"judge/cmd/internal/grading"
)

// A gradeFlag is a flag of a command that judge-grade does.
type gradeFlag struct {
	name, short string
	arg         string // "" for a switch
	about       string
}

// gradeFlags are those of a command of judge-grade or judge-farm: of its own table, or as its
// source lists them. judge itself knows nothing of them.
func gradeFlags(command string) []gradeFlag {
	switch command {
	case "grade", "verify", "submit", "results", "serve", "worker", "status", "watch", "cancel":
		return setFlags(grading.Flags(command))
	}
	file := map[string]string{"compare": "internal/grading/compare.go", "languages": "internal/grading/languages.go", "bench-host": "internal/grading/benchhost.go"}[command]
	if file == "" {
		return nil
	}
	source, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		panic(err)
	}
	var flags []gradeFlag
	found := regexp.MustCompile("(?m)^\t+f\\.\\w+VarP?\\(\\S+, \"([a-z-]+)\", (?:\"([a-z])\", )?.*\"(?:`(.+)`: )?([^\"`]+)\"\\)$").FindAllStringSubmatch(string(source), -1)
	if all := regexp.MustCompile(`\bf\.\w+Var`).FindAll(source, -1); len(all) == 0 || len(all) != len(found) {
		panic(fmt.Sprintf("%s has %d flags, %d can be read", file, len(all), len(found)))
	}
	for _, m := range found {
		flags = append(flags, gradeFlag{name: m[1], short: m[2], arg: m[3], about: m[4]})
	}
	return flags
}

// setFlags are those of a table.
func setFlags(set *pflag.FlagSet) []gradeFlag {
	var flags []gradeFlag
	set.VisitAll(func(f *pflag.Flag) {
		one := gradeFlag{name: f.Name, short: f.Shorthand, about: f.Usage}
		if m := regexp.MustCompile("^`(.+)`: (.*)$").FindStringSubmatch(f.Usage); m != nil {
			one.arg, one.about = m[1], m[2]
		}
		flags = append(flags, one)
	})
	return flags
}

// gradeCases fills in a form for each command of judge-grade: its name, and its flags.
func gradeCases(form string) string {
	var b strings.Builder
	for _, c := range commands() {
		var words []string
		for _, f := range gradeFlags(c.Name) {
			words = append(words, "--"+f.name)
			if f.short != "" {
				words = append(words, "-"+f.short)
			}
		}
		if len(words) > 0 {
			fmt.Fprintf(&b, form, c.Name, strings.Join(words, " "))
		}
	}
	return b.String()
}

// fishFlag is a flag of a command, for fish.
func fishFlag(command, name, short, arg, about string) string {
	if short != "" {
		short = " -s " + short
	}
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	return fmt.Sprintf("complete -c judge -n '__fish_seen_subcommand_from %s' -l %s%s%s -d '%s'\n", command, name, short, arg, quote.Replace(about))
}
