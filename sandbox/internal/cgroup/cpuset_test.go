package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCores(t *testing.T) {
	for _, c := range []struct {
		name  string
		host  func(root string) Host
		files map[string]string
		want  string
	}{
		{"v1: judge's own", func(r string) Host { return V1{Root: r} }, map[string]string{"cpuset/cpuset.cpus": "0-7\n", "cpuset/judge/cpuset.cpus": "0-3\n"}, "0-3"},
		{"v1: the one above, before the first run", func(r string) Host { return V1{Root: r, Below: "ci"} }, map[string]string{"cpuset/ci/cpuset.cpus": "2\n"}, "2"},
		{"v1: no such controller", func(r string) Host { return V1{Root: r} }, nil, ""},
		{"v2: what is in effect", func(r string) Host { return V2{Root: r} }, map[string]string{"judge/cpuset.cpus.effective": "1\n", "cpuset.cpus.effective": "0-1\n"}, "1"},
		{"v2: not delegated", func(r string) Host { return V2{Root: r} }, map[string]string{"cgroup.procs": ""}, ""},
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
		if got, err := c.host(root).Cores(); got != c.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}
