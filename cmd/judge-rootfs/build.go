package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"judge/cmd/internal/cli"
	"judge/rootfs-build/archive"
	"judge/rootfs-build/debian"
	"judge/rootfs-build/recipes"
	"judge/store"
)

func build(c *call) (int, error) {
	if c.has("list") {
		return 0, listRecipes()
	}
	r, err := recipe(c.args[0])
	if err != nil {
		return 0, err
	}
	name, err := newName(c.set["name"], r.Name)
	if err != nil {
		return 0, err
	}
	if err := c.nameIsFree(name); err != nil {
		return 0, err
	}
	o := archive.Options{MaxBytes: archive.DefaultMaxBytes, MaxFiles: archive.DefaultMaxFiles}
	made := maker{call: c, name: name, progress: newProgress(c, "building "+name, "")}
	return made.make(func(d *store.Draft) (*archive.Result, *store.About, error) {
		b := debian.Options{Mirror: c.set["mirror"], Cache: debian.CacheDir(), Step: made.progress.step}
		result, err := debian.Build(c.ctx, d, r, made.options(o), b)
		if errors.Is(err, debian.ErrTool) {
			return nil, nil, &cli.UsageError{What: err.Error(), Hint: "apt-get install mmdebstrap"}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("build %s: %w", r.Name, err)
		}
		packages, err := debian.Packages(d)
		return result, &store.About{Source: "recipe " + r.Name, Recipe: r.Name, Languages: r.Languages, Packages: packages}, err
	})
}

// recipe finds one: a file, where the name has a slash or ends in .toml, or one
// that is built in.
func recipe(name string) (*recipes.Recipe, error) {
	if strings.Contains(name, "/") || strings.HasSuffix(name, ".toml") {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, &cli.UsageError{What: fmt.Sprintf("read recipe %s: %v", name, errors.Unwrap(err)), Hint: "judge rootfs build --list names those that are built in"}
		}
		r, err := recipes.Parse(strings.TrimSuffix(filepath.Base(name), ".toml"), data)
		if err != nil {
			return nil, &cli.UsageError{What: err.Error()}
		}
		return r, nil
	}
	r, err := recipes.Builtin(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &cli.UsageError{What: fmt.Sprintf("there is no recipe %q", name), Hint: "judge rootfs build --list names them; a file's name has a slash, or ends in .toml"}
	}
	return r, err
}

func listRecipes() error {
	for _, name := range recipes.Names() {
		r, err := recipes.Builtin(name)
		if err != nil {
			return err
		}
		fmt.Printf("%-10s %s\n", name, r.About)
	}
	return nil
}
