package seccomp

import (
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// String is the call much as strace would print it: "socket(AF_INET,
// SOCK_STREAM, 0)". It looks at the numbers only; what a pointer points at was
// the program's to change. Calls without a signature show all six arguments in
// hexadecimal. A call by another ABI than the native one says so.
func (c Call) String() string {
	var b strings.Builder
	b.WriteString(c.Name)
	b.WriteByte('(')
	for i, kind := range []byte(signature(c.Name)) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.argument(i, kind))
	}
	b.WriteByte(')')
	if c.Arch == "x32" || c.arch != X86_64 && c.arch != ARM64 {
		b.WriteString(" of ")
		b.WriteString(c.Arch)
	}
	return b.String()
}

// argument is one argument as its kind is written.
func (c Call) argument(i int, kind byte) string {
	v := c.Args[i]
	switch kind {
	case 'd':
		return strconv.Itoa(int(int32(v)))
	case 'D':
		return strconv.FormatInt(int64(v), 10)
	case 'u':
		return strconv.FormatUint(v, 10)
	case 'U':
		return strconv.FormatUint(uint64(uint32(v)), 10)
	case 'Y':
		if uint32(v) == ^uint32(0) { // leave it as it is: chown(2)
			return "-1"
		}
		return strconv.FormatUint(uint64(uint32(v)), 10)
	case 'o':
		return "0" + strconv.FormatUint(v&0xffff, 8)
	case 'p':
		if v == 0 {
			return "NULL"
		}
	case '@':
		if int32(v) == unix.AT_FDCWD {
			return "AT_FDCWD"
		}
		return strconv.Itoa(int(int32(v)))
	case 'S':
		return signal(uint32(v))
	case 'O':
		return c.openFlags(uint32(v))
	case 'P':
		return protocol(uint32(c.Args[0]), uint32(v))
	case 'T':
		return one(v&0xf, 'T') + more(uint64(uint32(v))&^0xf, "SOCK_NONBLOCK SOCK_CLOEXEC")
	case 'C':
		return cloneFlags(v)
	case 'I':
		return one(uint64(uint32(v)), 'I')
	case 'Q', 'a', 'N', 'M':
		return flags(v, kindNames(kind))
	case 'H', 'm', 'q', 'G':
		return flags(uint64(uint32(v)), kindNames(kind))
	case 'R':
		return one(v, kind)
	case 'X':
		return inHex(uint64(uint32(v)))
	case 'x':
	default:
		return one(uint64(uint32(v)), kind)
	}
	return inHex(v)
}

func inHex(v uint64) string {
	if v == 0 {
		return "0"
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// one is the name that a kind has for a value, or the number.
func one(v uint64, kind byte) string {
	for name := range strings.FieldsSeq(kindNames(kind)) {
		if x, ok := Constant(name); ok && x == v {
			return name
		}
	}
	return inHex(v)
}

// flags are the names of the bits of v, joined, with what is left as a number.
func flags(v uint64, names string) string {
	if v == 0 {
		return "0"
	}
	return strings.TrimPrefix(more(v, names), "|")
}

// more is flags to go behind something.
func more(v uint64, names string) string {
	var b strings.Builder
	for name := range strings.FieldsSeq(names) {
		if x, ok := Constant(name); ok && x != 0 && v&x == x {
			b.WriteByte('|')
			b.WriteString(name)
			v &^= x
		}
	}
	if v != 0 {
		b.WriteByte('|')
		b.WriteString(inHex(v))
	}
	return b.String()
}

func signal(n uint32) string {
	if name := unix.SignalName(syscall.Signal(n)); name != "" {
		return name
	}
	return strconv.Itoa(int(int32(n)))
}

// cloneFlags are flags with the child's signal in the low byte (clone(2)).
func cloneFlags(v uint64) string {
	s := strings.TrimPrefix(more(uint64(uint32(v))&^0xff, kindNames('C')), "|")
	switch sig := uint32(v) & 0xff; {
	case sig == 0 && s == "":
		return "0"
	case sig == 0:
		return s
	case s == "":
		return signal(sig)
	default:
		return s + "|" + signal(sig)
	}
}

// protocol depends on the family.
func protocol(family, v uint32) string {
	switch family {
	case unix.AF_INET, unix.AF_INET6:
		if v != 0 {
			return one(uint64(v), 'i')
		}
	case unix.AF_NETLINK:
		return one(uint64(v), 'n')
	}
	return inHex(uint64(v))
}

// openFlags have an access mode in two bits, and four flags that arm64 numbers
// differently (arch/arm64/include/uapi/asm/fcntl.h).
func (c Call) openFlags(v uint32) string {
	mode := [4]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"}[v&3]
	rest := uint64(v &^ 3)
	moved := [4]uint64{0x10000, 0x20000, 0x4000, 0x8000}
	if c.arch == ARM64 || c.arch == ARM {
		moved = [4]uint64{0x4000, 0x8000, 0x10000, 0x20000}
	}
	const tmpfile = 0x400000 // __O_TMPFILE, include/uapi/asm-generic/fcntl.h
	if rest&(tmpfile|moved[0]) == tmpfile|moved[0] {
		mode, rest = mode+"|O_TMPFILE", rest&^(tmpfile|moved[0])
	}
	for i, name := range [4]string{"O_DIRECTORY", "O_NOFOLLOW", "O_DIRECT", "O_LARGEFILE"} {
		if rest&moved[i] != 0 {
			mode, rest = mode+"|"+name, rest&^moved[i]
		}
	}
	return mode + more(rest, "O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_ASYNC O_NOATIME O_CLOEXEC O_PATH")
}
