package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"judge/cmd/internal/cli"
	"judge/policy"
)

// A flag of a verb; arg is empty for one that is set or not.
type flag struct{ name, short, arg, about string }

var (
	nameFlag     = flag{"name", "n", "NAME", "what the rootfs is called"}
	replaceFlag  = flag{"replace", "", "", "take the place of a rootfs of that name, unless a run uses it"}
	jsonFlag     = flag{"json", "", "", "print JSON"}
	manifestFlag = flag{"manifest", "", "", "print the manifest, whose SHA-256 is the digest"}
	outFlag      = flag{"out", "o", "FILE", "write to FILE and not to standard output"}

	importFlags = []flag{nameFlag, replaceFlag,
		{"image", "", "NAME", "which image of the archive, where it holds several"},
		{"base", "", "NAME", "lay the archive over a rootfs of the store, as a layer of an image"},
		{"devices", "", "", "take an archive with devices and FIFOs, and leave these out"},
		{"max-size", "", "SIZE", "most that its files may hold together (32GiB)"},
		{"max-files", "", "N", "most files that it may hold (2000000)"},
		{"quiet", "q", "", "no progress"},
	}
	buildFlags = []flag{nameFlag, replaceFlag,
		{"mirror", "", "URL", "take Debian's packages from there, and not from where this host has its own"},
		{"list", "", "", "list the recipes"},
		{"quiet", "q", "", "no progress"},
	}
)

// call is a command line that was read.
type call struct {
	ctx   context.Context
	store string
	verb  verb
	args  []string
	set   map[string]string // flags by name; those without argument have ""
}

func (c *call) has(name string) bool { _, ok := c.set[name]; return ok }

// parse reads a verb's command line; nil for one that asks for help, which it gives.
func parse(v verb, args []string) (*call, error) {
	c := &call{verb: v, set: map[string]string{}}
	wrong := func(what string) error {
		return &cli.UsageError{What: what, Hint: strings.TrimSpace("judge rootfs " + v.name + " [FLAGS] " + v.args)}
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--help" || arg == "-h":
			help(v)
			return nil, nil
		case arg == "--":
			c.args = append(c.args, args...)
			args = nil
			continue
		case !strings.HasPrefix(arg, "-") || arg == "-":
			c.args = append(c.args, arg)
			continue
		}
		name, value, hasValue := strings.Cut(arg, "=")
		f := find(v.flags, name)
		switch {
		case f == nil:
			return nil, wrong(fmt.Sprintf("judge rootfs %s has no flag %s", v.name, name))
		case f.arg == "" && hasValue:
			return nil, wrong(fmt.Sprintf("flag %s takes no value", name))
		case f.arg != "" && !hasValue && len(args) == 0:
			return nil, wrong(fmt.Sprintf("flag %s wants a value, %s", name, f.arg))
		case f.arg != "" && !hasValue:
			value, args = args[0], args[1:]
		}
		c.set[f.name] = value
	}
	if min, max := wants(v.args); len(c.args) < min && !c.has("list") || max >= 0 && len(c.args) > max {
		return nil, wrong(fmt.Sprintf("judge rootfs %s takes %s, got %q", v.name, argsText(v.args), c.args))
	}
	return c, nil
}

func find(flags []flag, arg string) *flag {
	for i, f := range flags {
		if arg == "--"+f.name || f.short != "" && arg == "-"+f.short {
			return &flags[i]
		}
	}
	return nil
}

// wants says how many arguments "", "NAME", "NAME..." and "[NAME...]" stand for; -1 for any number.
func wants(args string) (min, max int) {
	switch {
	case args == "":
		return 0, 0
	case strings.HasPrefix(args, "["):
		return 0, -1
	case strings.HasSuffix(args, "..."):
		return 1, -1
	}
	return 1, 1
}

func argsText(args string) string {
	if args == "" {
		return "no argument"
	}
	return args
}

func help(v verb) {
	fmt.Printf("judge rootfs %s: %s\n\n", strings.TrimSpace(v.name+" [FLAGS] "+v.args), v.about)
	for _, f := range v.flags {
		name := "--" + f.name
		if f.short != "" {
			name = "-" + f.short + ", " + name
		}
		fmt.Printf("  %-18s  %s\n", strings.TrimSpace(name+" "+f.arg), f.about)
	}
}

// size reads a flag that is a number of bytes, at least 1.
func (c *call) size(name string, usual int64) (int64, error) {
	text, ok := c.set[name]
	if !ok {
		return usual, nil
	}
	n, err := policy.ParseBytes(text)
	if err != nil || n < 1 {
		return 0, &cli.UsageError{What: fmt.Sprintf("--%s %q is no size", name, text), Hint: "64MiB, 2GiB, or plain bytes"}
	}
	return int64(n), nil
}

// number reads a flag that is a count, at least 1.
func (c *call) number(name string, usual int) (int, error) {
	text, ok := c.set[name]
	if !ok {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, &cli.UsageError{What: fmt.Sprintf("--%s %q is no number of 1 or more", name, text), Hint: "--" + name + " 100000"}
	}
	return n, nil
}

func cutSuffix(s, suffix string) (string, bool) {
	cut, ok := strings.CutSuffix(s, suffix)
	return cut, ok && cut != ""
}
