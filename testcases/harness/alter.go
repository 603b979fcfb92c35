package harness

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// alteration is something done to the built program before it is run, to get
// files that no compiler makes. It is this harness's own addition.
type alteration struct {
	kind   string // truncate, poke, mode, crlf
	number int64  // length, offset or mode
	data   []byte // of poke
}

// parseAlteration reads the value of @alter.
func parseAlteration(value string) (alteration, error) {
	words := strings.Fields(value)
	if len(words) == 0 {
		return alteration{}, fmt.Errorf("nothing named")
	}
	a := alteration{kind: words[0]}
	bases := map[string]int{"truncate": 10, "poke": 10, "mode": 8}
	count := map[string]int{"truncate": 2, "poke": 3, "mode": 2, "crlf": 1}
	if count[a.kind] == 0 {
		return a, fmt.Errorf("unknown alteration %q", a.kind)
	}
	if len(words) != count[a.kind] {
		return a, fmt.Errorf("%s wants %d words", a.kind, count[a.kind]-1)
	}
	var err error
	if base, ok := bases[a.kind]; ok {
		if a.number, err = strconv.ParseInt(words[1], base, 64); err != nil || a.number < 0 {
			return a, fmt.Errorf("%q is no number for %s", words[1], a.kind)
		}
	}
	if a.kind == "poke" {
		a.data, err = hex.DecodeString(words[2])
	}
	return a, err
}

// apply alters the file.
func (a alteration) apply(path string) error {
	switch a.kind {
	case "truncate":
		return os.Truncate(path, a.number)
	case "mode":
		return os.Chmod(path, os.FileMode(a.number))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if a.kind == "crlf" {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	} else if end := a.number + int64(len(a.data)); end <= int64(len(data)) {
		copy(data[a.number:end], a.data)
	} else {
		return fmt.Errorf("poke at %d: the file has %d bytes", a.number, len(data))
	}
	return os.WriteFile(path, data, 0o755)
}
