package layout

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHacking: each package of the module is in the table of rooms of HACKING.md: in a
// row of its own, or by name in the row of a folder above it.
func TestHacking(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "HACKING.md"))
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]string{} // folder -> what it holds
	for _, row := range tableRows(string(text), "Rooms") {
		for _, folder := range names(row[0]) {
			if _, err := os.Stat(filepath.Join("..", "..", folder)); err != nil {
				t.Errorf("a room that is not there: %v", err)
			}
			rooms[folder] = row[1]
		}
	}
	for _, p := range goList(t, "CGO_ENABLED=1", "./...") {
		if path := strings.TrimPrefix(p.ImportPath, module) + "/"; !hasRoom(rooms, path) {
			t.Errorf("HACKING.md, Rooms: nobody would find %s", path)
		}
	}
}

// hasRoom says whether a folder is in the table.
func hasRoom(rooms map[string]string, path string) bool {
	for room, holds := range rooms {
		below, in := strings.CutPrefix(path, room)
		first, _, _ := strings.Cut(below, "/")
		if in && (below == "" || strings.Contains(holds, "`"+first+"/")) {
			return true
		}
	}
	return false
}
