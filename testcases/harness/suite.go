package harness

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Load reads all cases below a directory, in the order of their paths.
func Load(dir string) ([]Case, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := filepath.Ext(path); d.Type().IsRegular() && slices.Contains([]string{".c", ".sh", ".py"}, ext) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no cases", dir)
	}
	slices.Sort(files)
	var cases []Case
	for _, f := range files {
		more, err := ParseFile(f)
		if err != nil {
			return nil, err
		}
		cases = append(cases, more...)
	}
	return cases, nil
}
