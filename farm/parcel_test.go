package farm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge/problem"
)

// A submission arrives as it was, whether it is small and travels within its parcel, or not.
func TestSubmission(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	lies(t, f)
	c := newCache(t, f, 0)
	for name, sizes := range map[string][]int{"one": {100}, "none": {0, 0}, "just small": {smallSubmission - 1, 1}, "just not": {smallSubmission, 1},
		"one large": {1, 2, 3 * smallSubmission}} {
		from, to := t.TempDir(), t.TempDir()
		var files []problem.File
		all := 0
		for i, size := range sizes {
			all += size
			file := problem.File{Name: fmt.Sprintf("d/%d.c", i), Path: filepath.Join(from, fmt.Sprint(i))}
			write(t, file.Path, strings.Repeat(fmt.Sprint(i), size), 0o644|os.FileMode(i%2)*0o111)
			files = append(files, file)
		}
		digest, err := f.sendSubmission(t.Context(), "me", parcel{Name: name}, files)
		if err != nil {
			t.Fatal(err)
		}
		var p parcel
		if err := f.getJSON(t.Context(), "me", digest, &p); err != nil {
			t.Fatal(err)
		}
		if within := p.Files[0].Blob == ""; within != (all <= smallSubmission) {
			t.Errorf("%s: within its parcel: %v", name, within)
		}
		if err := c.unpack(t.Context(), "me", p.Files, to); err != nil {
			t.Fatal(err)
		}
		for i, file := range files {
			place := filepath.Join(to, file.Name)
			text, err := os.ReadFile(place)
			if err != nil || string(text) != strings.Repeat(fmt.Sprint(i), sizes[i]) {
				t.Errorf("%s: %s has %d bytes, sent were %d: %v", name, file.Name, len(text), sizes[i], err)
			}
			if info, err := os.Stat(place); err != nil || (info.Mode()&0o111 != 0) != (i%2 == 1) || info.Mode()&0o444 != 0o444 {
				t.Errorf("%s: %s: %v, %v", name, file.Name, info.Mode(), err)
			}
		}
	}
}
