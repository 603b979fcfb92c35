package archive

import (
	"archive/tar"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

// model is what an image must become, by the plainest means: each file a line, by
// its path, with the layer that it is of.
type model struct {
	lines map[string]string
	layer map[string]int
	now   int
}

func (m *model) below(name string) []string {
	var list []string
	for p := range m.lines {
		if p == name || strings.HasPrefix(p, name+"/") || name == "." {
			list = append(list, p)
		}
	}
	return list
}

func (m *model) set(name, line string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if m.lines[dir] == "" {
			m.lines[dir], m.layer[dir] = "d755 "+dir, m.now
		}
	}
	if !strings.HasPrefix(line, "d") || !strings.HasPrefix(m.lines[name], "d") {
		for _, p := range m.below(name) {
			delete(m.lines, p)
		}
	}
	m.lines[name], m.layer[name] = line, m.now
}

// hide takes away what layers below have at name, or in it.
func (m *model) hide(name string, itself bool) {
	for _, p := range m.below(name) {
		own := slices.ContainsFunc(m.below(p), func(q string) bool { return m.layer[q] == m.now })
		if !own && (itself || p != name) {
			delete(m.lines, p)
		}
	}
}

// directories says whether all of a path but its last name are directories, or not there.
func (m *model) directories(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if line := m.lines[dir]; line != "" && line[0] != 'd' {
			return false
		}
	}
	return true
}

// entry makes one at random that can be; ok is false if this one cannot.
func (m *model) entry(rng *rand.Rand) (f file, ok bool) {
	var names []string
	for range 1 + rng.IntN(3) {
		names = append(names, string(rune('a'+rng.IntN(3))))
	}
	name := strings.Join(names, "/")
	if !m.directories(name) {
		return f, false
	}
	switch rng.IntN(8) {
	case 0, 1:
		text := fmt.Sprint(rng.IntN(1000))
		m.set(name, fmt.Sprintf("f644 %s %s", name, text))
		return regular(name, text), true
	case 2:
		mode := 0o700 + rng.Int64N(2)
		m.set(name, fmt.Sprintf("d%o %s", mode, name))
		return file{name: name, header: tar.Header{Typeflag: tar.TypeDir, Mode: mode}}, true
	case 3:
		m.set(name, fmt.Sprintf("l777 %s there", name))
		return symlink(name, "there"), true
	case 4, 5:
		for _, target := range slices.Sorted(maps.Keys(m.lines)) {
			if line := m.lines[target]; line[0] == 'f' && target != name && !strings.HasPrefix(target, name+"/") && rng.IntN(2) == 0 {
				m.set(name, strings.Replace(line, " "+target+" ", " "+name+" ", 1))
				return hardlink(name, target), true
			}
		}
		return f, false
	case 6:
		m.hide(name, true)
		return regular(path.Join(path.Dir(name), whiteoutPrefix+path.Base(name)), ""), true
	}
	if dir := path.Dir(name); m.lines[dir] != "" || dir == "." {
		m.hide(dir, false)
		return regular(path.Join(dir, opaque), ""), true
	}
	return f, false
}

// Layers made at random become what the model says. (Against umoci 0.4.7, which
// is a program of others, the same was tried with 900 images.)
func TestModel(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 5))
		m := &model{lines: map[string]string{}, layer: map[string]int{}}
		var layers [][]byte
		var script []string
		for m.now = range 2 + rng.IntN(3) {
			var list []file
			for range 3 + rng.IntN(15) {
				if f, ok := m.entry(rng); ok {
					list = append(list, f)
					script = append(script, fmt.Sprintf("%d: %c %s %s", m.now, f.header.Typeflag|'0', f.name, f.header.Linkname))
				}
			}
			layers = append(layers, tarOf(t, list...))
		}
		if len(m.lines) == 0 {
			continue // which is refused
		}
		o := usual()
		o.MaxFiles = 1000
		got, _, err := imported(t, write(t, asTar(t, dockerSave(t, "x:1", layers...))), o)
		want := make([]string, 0, len(m.lines))
		for _, name := range slices.Sorted(maps.Keys(m.lines)) {
			want = append(want, m.lines[name])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("seed %d:\n%s\ngot  %q, %v\nwant %q", seed, strings.Join(script, "\n"), got, err, want)
			break
		}
	}
}
