package problem

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
)

// Duplicates warns of cases in one group that give a submission the same: a copy that was
// meant to be changed. It reads every input that is as long as another of its group,
// so it is for verifying a package, not for every grading. Cases that are one file
// under two names are meant to be.
func (p *Problem) Duplicates() ([]Warning, error) {
	var warnings []Warning
	var failed error
	p.Root.Each(func(g *Group) {
		if failed == nil {
			var more []Warning
			more, failed = duplicates(g)
			warnings = append(warnings, more...)
		}
	})
	return warnings, failed
}

func duplicates(g *Group) (warnings []Warning, err error) {
	sizes := map[int64]int{}
	size := map[*Case]int64{}
	for _, item := range g.Items {
		c := item.Case
		if c == nil || c.Input == "" || len(c.Files) > 0 {
			continue
		}
		info, err := os.Stat(c.Input)
		if err != nil {
			return nil, fmt.Errorf("read the input of %s: %w", c.Name, err)
		}
		size[c] = info.Size()
		sizes[info.Size()]++
	}
	seen := map[[sha256.Size]byte][]*Case{}
	for _, item := range g.Items {
		c := item.Case
		if n, ok := size[c]; !ok || sizes[n] < 2 {
			continue
		}
		sum, err := digest(c.Input)
		if err != nil {
			return nil, fmt.Errorf("read the input of %s: %w", c.Name, err)
		}
		linked := slices.ContainsFunc(seen[sum], func(other *Case) bool { return other.Input == c.Input })
		i := slices.IndexFunc(seen[sum], func(other *Case) bool { return slices.Equal(other.Args, c.Args) })
		if !linked && i >= 0 {
			warnings = append(warnings, Warning{Code: Duplicate, Text: fmt.Sprintf("cases %s and %s have the same input", seen[sum][i].Name, c.Name)})
		}
		seen[sum] = append(seen[sum], c)
	}
	return warnings, nil
}

func digest(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
