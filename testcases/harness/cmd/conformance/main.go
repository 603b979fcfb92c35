// Command conformance runs the cases below a directory under judge and says
// what became of each.
//
//	conformance [-judge PATH] [-run REGEXP] [-v] [-keep] [-unsandboxed] [-build] DIR
//
// It ends with 0 if no case failed, 1 if one did, 2 if it could not run them.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"

	"judge/testcases/harness"
)

func main() {
	judge := flag.String("judge", "bin/judge", "the binary under test")
	pattern := flag.String("run", "", "only cases whose name matches this regular expression")
	verbose := flag.Bool("v", false, "show figures of every run")
	keep := flag.Bool("keep", false, "keep the directories of runs that failed")
	bare := flag.Bool("unsandboxed", false, "run without judge and check the @unsandboxed lines")
	build := flag.Bool("build", false, "only build the programs, into the directory that $JUDGE_BUILT names")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: conformance [flags] DIR")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if *bare {
		*judge = ""
	}
	if *build {
		if err := buildAll(flag.Arg(0)); err != nil {
			fmt.Fprintln(os.Stderr, "conformance:", err)
			os.Exit(2)
		}
		return
	}
	failed, err := run(flag.Arg(0), *judge, *pattern, *verbose, *keep)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// buildAll builds the programs of the cases below a directory.
func buildAll(dir string) error {
	if os.Getenv("JUDGE_BUILT") == "" {
		return fmt.Errorf("-build puts programs into the directory that $JUDGE_BUILT names, and it names none")
	}
	cases, err := harness.Load(dir)
	if err != nil {
		return err
	}
	session, err := harness.NewSession("")
	if err != nil {
		return err
	}
	defer session.Close()
	return session.Build(cases)
}

// run runs the cases and returns how many failed. With no judge they are run
// unsandboxed.
func run(dir, judge, pattern string, verbose, keep bool) (failed int, err error) {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return 0, err
	}
	cases, err := harness.Load(dir)
	if err != nil {
		return 0, err
	}
	session, err := harness.NewSession(judge)
	if err != nil {
		return 0, err
	}
	defer session.Close()
	session.Keep = keep
	passed, skipped := 0, 0
	for _, c := range cases {
		if !wanted.MatchString(c.Name) {
			continue
		}
		one := session.Run
		if judge == "" {
			one = session.RunUnsandboxed
		}
		result := one(c)
		fmt.Println(result.Line(c.Name))
		if verbose {
			for _, note := range result.Notes {
				fmt.Printf("     %s\n", note)
			}
			fmt.Printf("     took %v\n", result.Took.Round(time.Millisecond))
		}
		switch {
		case result.Skip != "":
			skipped++
		case len(result.Failures) > 0:
			failed++
		default:
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if passed+failed == 0 {
		return failed, fmt.Errorf("no case was run")
	}
	return failed, nil
}
