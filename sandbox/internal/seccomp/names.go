package seccomp

import (
	"runtime"
	"sort"
	"strconv"
)

// Arch is an architecture as the kernel tells it to filters, an AUDIT_ARCH_*
// number (include/uapi/linux/audit.h).
type Arch uint32

// The first two are those that filters are built for; the others only turn up
// in notices, when a program went in by the other door of the same kernel.
const (
	X86_64 Arch = 0xc000003e
	ARM64  Arch = 0xc00000b7
	I386   Arch = 0x40000003
	ARM    Arch = 0x40000028
)

// x32Bit is set in the number of a call that a program of the x32 ABI makes;
// its architecture reads x86_64 (__X32_SYSCALL_BIT, arch/x86/include/uapi/asm/unistd.h).
const x32Bit = 0x40000000

// Native is the architecture that judge was built for, 0 where there are no
// tables for it.
func Native() Arch {
	switch runtime.GOARCH {
	case "amd64":
		return X86_64
	case "arm64":
		return ARM64
	}
	return 0
}

// String is the name that uname -m uses, or the number in hexadecimal.
func (a Arch) String() string {
	switch a {
	case X86_64:
		return "x86_64"
	case ARM64:
		return "aarch64"
	case I386:
		return "i386"
	case ARM:
		return "arm"
	}
	return "0x" + strconv.FormatUint(uint64(a), 16)
}

type callNumber struct {
	name string
	nr   uint16
}

func (a Arch) calls() (byName []callNumber, byNumber []uint16) {
	switch a {
	case X86_64:
		return callsX86_64[:], byNumberX86_64[:]
	case ARM64:
		return callsARM64[:], byNumberARM64[:]
	case I386:
		return callsI386[:], byNumberI386[:]
	case ARM:
		return callsARM[:], byNumberARM[:]
	}
	return nil, nil
}

// Number is the number of a call by name; ok is false where the architecture
// has no such call, as arm64 has no open.
func Number(a Arch, name string) (nr int, ok bool) {
	calls, _ := a.calls()
	i := sort.Search(len(calls), func(i int) bool { return calls[i].name >= name })
	if i < len(calls) && calls[i].name == name {
		return int(calls[i].nr), true
	}
	return 0, false
}

// Name is the name of a call by number, or "syscall_NUMBER", as strace writes
// what it does not know.
func Name(a Arch, nr int) string {
	n := nr
	if a == X86_64 && nr >= x32Bit {
		n &^= x32Bit
	}
	calls, order := a.calls()
	i := sort.Search(len(order), func(i int) bool { return int(calls[order[i]].nr) >= n })
	if i < len(order) && int(calls[order[i]].nr) == n {
		return calls[order[i]].name
	}
	return "syscall_0x" + strconv.FormatUint(uint64(uint32(nr)), 16)
}

// known says whether a filter can name the call: some architecture that
// filters are built for has it.
func known(name string) bool {
	_, x := Number(X86_64, name)
	_, a := Number(ARM64, name)
	return x || a
}

// allCalls are the names that a filter can name, sorted.
func allCalls() []string {
	var names []string
	x, a := callsX86_64[:], callsARM64[:]
	for len(x) > 0 || len(a) > 0 {
		switch {
		case len(a) == 0 || len(x) > 0 && x[0].name < a[0].name:
			names, x = append(names, x[0].name), x[1:]
		case len(x) == 0 || a[0].name < x[0].name:
			names, a = append(names, a[0].name), a[1:]
		default:
			names, x, a = append(names, x[0].name), x[1:], a[1:]
		}
	}
	return names
}

type constant struct {
	name  string
	value uint64
}

// Constant is the value of a constant that conditions may name. Constants
// whose value depends on the architecture (O_DIRECTORY) are not among them.
func Constant(name string) (uint64, bool) {
	i := sort.Search(len(constants), func(i int) bool { return constants[i].name >= name })
	if i < len(constants) && constants[i].name == name {
		return constants[i].value, true
	}
	return 0, false
}

// nearest is the candidate that takes the fewest changes of letters to reach
// (Levenshtein's distance), or "" when all take more than a third of the word.
// Among equals, one as long as the word, or that begins like it, is nearer.
func nearest(word string, candidates func(yield func(string) bool)) string {
	if len(word) > 64 {
		return ""
	}
	limit := len(word)/3 + 2
	best, cost := "", 4*limit
	for c := range candidates {
		d := distance(word, c, limit)
		if d >= limit {
			continue
		}
		d *= 4
		if len(c) != len(word) {
			d += 2
		}
		if c == "" || word == "" || c[0] != word[0] {
			d++
		}
		if d < cost {
			best, cost = c, d
		}
	}
	return best
}

// distance is Levenshtein's, or bound if it is bound or more.
func distance(a, b string, bound int) int {
	if len(a)-len(b) >= bound || len(b)-len(a) >= bound {
		return bound
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return min(row[len(b)], bound)
}
