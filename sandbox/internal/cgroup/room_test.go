package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		name  string
		host  func(root string) Host
		files map[string]string
		want  int64
		path  string // of the bound; "ROOT" is the root of the tree
	}{
		{"v1: a limit above", func(r string) Host { return V1{Root: r, Below: "ci"} }, map[string]string{"memory/ci/memory.stat": "cache 5\nhierarchical_memory_limit 1000\n"}, 1000, "/ci"},
		{"v1: judge's own", func(r string) Host { return V1{Root: r} }, map[string]string{"memory/judge/memory.stat": "hierarchical_memory_limit 500\n", "memory/memory.stat": "hierarchical_memory_limit 900\n"}, 500, "/"},
		{"v1: none", func(r string) Host { return V1{Root: r} }, map[string]string{"memory/memory.stat": "hierarchical_memory_limit 9223372036854771712\n"}, 0, ""},
		{"v2: the smallest of those above", func(r string) Host { return V2{Root: filepath.Join(r, "a", "b")} }, map[string]string{
			"cgroup.procs": "", "memory.max": "700\n", "a/cgroup.procs": "", "a/memory.max": "600\n", "a/b/cgroup.procs": "", "a/b/memory.max": "max\n"}, 600, "ROOT/a"},
		{"v2: the host's root has no such file", func(r string) Host { return V2{Root: r} }, map[string]string{"cgroup.procs": ""}, 0, ""},
	} {
		root := t.TempDir()
		for name, text := range c.files {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		path := strings.ReplaceAll(c.path, "ROOT", root)
		if got, err := c.host(root).Room(); got.Memory != c.want || got.Path != path || err != nil {
			t.Errorf("%s: %+v, %v, want %d of %q", c.name, got, err, c.want, path)
		}
	}
}
