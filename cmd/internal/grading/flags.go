package grading

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"judge/cmd/internal/cli"
	"judge/judge"
)

// options are what the command line says, but for problem and submissions.
type options struct {
	judge.Options
	format  string
	out     string
	expect  string
	quiet   bool
	noCache bool
	fresh   bool

	presets string

	manifest, journal string // files

	far Far

	command, usageText string

	junit, html, gradescope string // files
}

// Flags are those of a command, for who compares them with what is written about them.
func Flags(command string) *pflag.FlagSet {
	f := pflag.NewFlagSet(command, pflag.ContinueOnError)
	f.SortFlags = false
	switch command {
	case "serve":
		(&Serving{}).Flags(f)
	case "worker":
		(&Working{}).Flags(f)
	case "status", "watch", "cancel":
		(&Asking{}).Flags(command, f)
	default:
		return flagsOf(command, &options{}, new(string))
	}
	return f
}

// flagsOf are the flags of judge grade, verify, submit or results.
func flagsOf(command string, o *options, jobs *string) *pflag.FlagSet {
	f := pflag.NewFlagSet(command, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	of := func(commands ...string) bool { return slices.Contains(commands, command) }
	if of("grade", "verify") {
		f.StringVarP(jobs, "jobs", "j", "auto", "`N|auto`: programs that run at once (one for each physical core)")
	}
	if !of("results") {
		f.StringVarP(&o.Policy, "policy", "p", "", "`NAME|FILE`: policy of submissions, instead of their language's")
		f.StringVar(&o.Rootfs, "rootfs", "", "`NAME|DIR`: what is under the overlay, for compilers and checkers too")
		f.StringVar(&o.Language, "language", "", "`ID`: language of the submissions, instead of what their names say")
		f.StringVar(&o.presets, "presets", "", "`FILE`: TOML that changes languages and adds others")
	}
	if !of("submit") {
		f.StringVar(&o.format, "format", "table", "`table|json|jsonl|github`: form of the results")
		f.StringVarP(&o.out, "out", "o", "", "`FILE`: where the results go, instead of standard output")
	}
	if !of("results") {
		f.BoolVar(&o.AllCases, "all-cases", false, "judge every case, also after the first failure")
	}
	if of("grade", "submit") {
		f.BoolVar(&o.fresh, "fresh", false, "run everything anew, whatever the result cache has")
		f.StringVar(&o.manifest, "manifest", "", "`FILE|DIR`: what to grade: JSON Lines with problem and submission, or a folder")
	}
	if of("grade") {
		f.StringVar(&o.journal, "journal", "", "`FILE`: keeps what is done, so that the same command continues after whatever ended it")
	}
	if of("grade", "submit") {
		f.StringVar(&o.expect, "expect", "", "`VERDICT,...|package`: what must come out: one of these verdicts, or what the package says")
	}
	if !of("results") {
		f.BoolVar(&o.noCache, "no-cache", false, "compile and run everything anew, and keep nothing of it")
	}
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	if !of("submit") {
		f.StringVar(&o.html, "html", "", "`FILE`: a page to look at, too, that needs no network")
		f.StringVar(&o.junit, "junit", "", "`FILE`: JUnit XML, too: a test suite a submission, a test case a case")
	}
	if of("grade", "results") {
		f.StringVar(&o.gradescope, "gradescope", "", "`FILE`: Gradescope's results.json, too, of one submission")
	}
	if of("grade", "submit") {
		o.far.orderFlags(f)
	}
	if !of("verify") {
		o.far.Flags(f)
	}
	return f
}

// parse reads the command line; the strings are what is no flag. Nil options say that
// it asked for help, which was given.
func parse(command, usage, version string, args []string) (*options, []string, error) {
	o, jobs := &options{Options: judge.Options{Version: version}, format: "table", command: command, usageText: usage}, "auto"
	f := flagsOf(command, o, &jobs)
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Printf("%s\n\n%s", usage, f.FlagUsages())
		return nil, nil, err
	case err != nil:
		return nil, nil, &cli.UsageError{What: err.Error(), Hint: "judge " + command + " --help lists the flags"}
	}
	if jobs != "auto" {
		n, err := strconv.Atoi(jobs)
		if err != nil || n < 1 {
			return nil, nil, &cli.UsageError{What: fmt.Sprintf("--jobs %q", jobs), Hint: "a number from 1 on, or auto"}
		}
		o.Jobs = n
		if n > runtime.NumCPU() {
			o.say("--jobs %d is more than the %d cores that judge may use: programs will wait for one", n, runtime.NumCPU())
		}
	}
	if !slices.Contains([]string{"table", "json", "jsonl", "github"}, o.format) {
		return nil, nil, &cli.UsageError{What: fmt.Sprintf("--format %q", o.format), Hint: "table, json, jsonl or github"}
	}
	if err := o.checkFar(f); err != nil {
		return nil, nil, err
	}
	var err error
	if o.Languages, err = languages(o.presets); err != nil {
		return nil, nil, err
	}
	o.Warn = func(text string) { o.say("%s", text) }
	if !o.noCache {
		o.Cache = cacheDir("compile")
	}
	// Who verifies a package wants its times measured.
	if command != "verify" && !o.noCache && !o.fresh {
		o.Results = cacheDir("results")
	}
	return o, f.Args(), nil
}

// cacheDir is where compiled programs, or results, are kept: the system's place for root, else the
// user's own; "" if there is none.
func cacheDir(what string) string {
	if os.Geteuid() == 0 {
		return "/var/cache/judge/" + what
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "judge", what)
}
