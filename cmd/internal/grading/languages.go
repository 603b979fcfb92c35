package grading

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/language"
	"judge/policy"
)

const languagesUsage = `judge languages [flags]: list what can be compiled and run here, or in a rootfs`

// languagesCommand lists the languages, and asks each one's compiler for its
// version, in the sandbox that submissions are compiled in.
func languagesCommand(args []string) (int, error) {
	var rootfs, presets string
	var asJSON bool
	f := pflag.NewFlagSet("languages", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.StringVar(&rootfs, "rootfs", "host", "`NAME|DIR`: where to look")
	f.StringVar(&presets, "presets", "", "`FILE`: TOML that changes languages and adds others")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Printf("%s\n\n%s", languagesUsage, f.FlagUsages())
		return 0, err
	case err != nil:
		return 0, &cli.UsageError{What: err.Error(), Hint: "judge languages --help lists the flags"}
	case f.NArg() > 0:
		return 0, &cli.UsageError{What: fmt.Sprintf("judge languages takes no argument, got %q", f.Args()), Hint: "judge languages [flags]"}
	}
	set, err := languages(presets)
	if err != nil {
		return 0, err
	}
	p, err := policy.Load(language.CompilePolicy)
	if err != nil {
		return 0, err
	}
	if p, err = p.With([]policy.Override{{Key: "filesystem.rootfs", Value: rootfs, Flag: "--rootfs"}}); err != nil {
		return 0, err
	}
	offers, err := probeAll(set.All(), p)
	if err != nil {
		return 0, err
	}
	if asJSON {
		return 0, printLanguagesJSON(os.Stdout, rootfs, offers)
	}
	return 0, printLanguages(os.Stdout, offers)
}

// languages are those that judge brings, with what a file of presets says over
// them; "" is none.
func languages(presets string) (*language.Set, error) {
	if presets == "" {
		return language.Builtin(), nil
	}
	text, err := os.ReadFile(presets)
	if err != nil {
		return nil, fmt.Errorf("read --presets: %w", err)
	}
	return language.Builtin().With(presets, string(text))
}

// probeAll probes languages, as many at once as there are processors, and each
// command once. The first error of judge's own is returned.
func probeAll(list []*language.Language, p policy.Policy) ([]language.Offer, error) {
	var (
		asked  sync.Map // by the command: a function that has its answer
		group  sync.WaitGroup
		offers = make([]language.Offer, len(list))
		errs   = make([]error, len(list))
		seats  = make(chan struct{}, runtime.NumCPU())
	)
	try := judge.Prober(context.Background(), p)
	run := func(l *language.Language, argv []string) (language.Tried, error) {
		once := sync.OnceValues(func() (language.Tried, error) { return try(l, argv) })
		answer, _ := asked.LoadOrStore(fmt.Sprintf("%q %q %q", argv, l.CompileEnv, l.CompileBinds), once)
		return answer.(func() (language.Tried, error))()
	}
	for i, l := range list {
		group.Go(func() {
			seats <- struct{}{}
			defer func() { <-seats }()
			offers[i], errs[i] = l.Probe(run)
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return offers, nil
}

// printLanguages writes a table: what is here first.
func printLanguages(w io.Writer, offers []language.Offer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "ID\tNAME\tVERSION\tFILES\n")
	for _, o := range offers {
		if o.Available {
			files := strings.Join(o.Language.Extensions, " ")
			if !o.Language.Detect {
				files = "with --language " + o.Language.ID
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", o.Language.ID, o.Language.Name, o.Version, files)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	first := true
	for _, o := range offers {
		if o.Available {
			continue
		}
		if first {
			fmt.Fprint(t, "\nNot here:\n")
			first = false
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", o.Language.ID, o.Language.Name, o.Missing)
	}
	return t.Flush()
}

// A languageJSON is a language as judge languages --json prints it.
type languageJSON struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Aliases    []string `json:"aliases"`
	Extensions []string `json:"extensions"`
	Detect     bool     `json:"detect"` // its extensions stand for it
	Policy     string   `json:"policy"`
	Available  bool     `json:"available"`
	Version    string   `json:"version"`  // "" if it is not known
	Missing    string   `json:"missing"`  // why it is not available
	Packages   []string `json:"packages"` // Debian's, which have it
}

func printLanguagesJSON(w io.Writer, rootfs string, offers []language.Offer) error {
	list := []languageJSON{}
	for _, o := range offers {
		l := o.Language
		list = append(list, languageJSON{ID: l.ID, Name: l.Name, Aliases: append([]string{}, l.Aliases...), Extensions: append([]string{}, l.Extensions...),
			Detect: l.Detect, Policy: l.Policy, Available: o.Available, Version: o.Version, Missing: o.Missing, Packages: append([]string{}, l.Packages...)})
	}
	return encode(w, struct {
		Version   int            `json:"version"`
		Rootfs    string         `json:"rootfs"`
		Languages []languageJSON `json:"languages"`
	}{1, rootfs, list}, "", "  ")
}
