package harness

import (
	"strconv"
	"strings"
)

// hasAccount reports whether a file in the form of passwd or group knows the
// number. The numbers that judge gives its runs are not in there.
func hasAccount(file string, id uint32) bool {
	for _, line := range linesOf(file) {
		if f := strings.Split(line, ":"); len(f) > 2 && f[2] == strconv.Itoa(int(id)) {
			return true
		}
	}
	return false
}
