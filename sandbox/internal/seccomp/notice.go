package seccomp

import "strconv"

// Call is one system call in numbers and by name.
type Call struct {
	Name string
	NR   int
	Arch string // as Arch.String; "x32" for that ABI
	Args [6]uint64
	arch Arch
}

// Call is what the notice's thread wanted to do.
func (n Notice) Call() Call {
	c := Call{Name: Name(n.Arch, n.NR), NR: n.NR, Arch: n.Arch.String(), Args: n.Args, arch: n.Arch}
	if n.Arch == X86_64 && uint32(n.NR)&x32Bit != 0 && n.NR > 0 {
		c.Arch = "x32"
	}
	return c
}

// NewCall is a call of that name, for its text.
func NewCall(name string, arch Arch, args [6]uint64) Call {
	nr, _ := Number(arch, name)
	return Call{Name: name, NR: nr, Arch: arch.String(), Args: args, arch: arch}
}

// Violation is a refused call as the report tells it.
type Violation struct {
	Syscall string   `json:"syscall"`
	NR      int      `json:"nr"`
	Arch    string   `json:"arch"`
	Args    []string `json:"args"` // all six, in hexadecimal
}

// Violation is the call as the report tells it.
func (c Call) Violation() Violation {
	v := Violation{Syscall: c.Name, NR: c.NR, Arch: c.Arch, Args: make([]string, len(c.Args))}
	for i, a := range c.Args {
		v.Args[i] = "0x" + strconv.FormatUint(a, 16)
	}
	return v
}
