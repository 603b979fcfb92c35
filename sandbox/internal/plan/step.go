package plan

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A Step is one system call of the child's list, with all it needs to be
// executed, to be printed, and to be explained when it fails.
type Step struct {
	Name string  // as the man page calls it
	NR   uintptr // its number on this machine
	Args []Arg
	Op   Op

	// Lo and Hi bound the last argument marked Each, for OpRange.
	Lo, Hi uintptr

	// FD is the descriptor that the step opens, -1 if none. It is known
	// beforehand: the child starts with a known table, and the kernel hands
	// out the lowest free number.
	FD int

	Why  string // the policy key or flag behind it; "" for what every run needs
	Hint string // what the user can do when it fails
}

// Op says how the interpreter executes a step.
type Op uint32

const (
	OpCall         Op = iota // once; an error ends the child
	OpRange                  // once for each value from Lo to Hi of the Each argument; EINVAL passes: not every number in the range exists
	OpDrain                  // again and again until it returns 0, as sendfile(2) copies
	OpTry                    // once; errors pass
	OpReceive                // a message from the parent; the end of file ends the child
	OpVfork                  // make the program's process, which walks the second list; goes on when that has executed or ended
	OpReport                 // a message to the parent; the interpreter fills it in
	OpHandNetwork            // a message to the parent with PID 1's network namespace; the interpreter fills it in
	OpHandEntrance           // a message to the parent with what a second command enters by; the interpreter fills it in; errors pass
	OpServe                  // reap, watch the parent, and end with the program
	OpServeOne               // the same, of who is not PID 1: when the parent has ended, kill the program, and wait for it
	OpServeAll               // as OpServe; but when the program has ended, kill and reap all others first, to tell what all have used
)

// ArgKind says how an argument becomes a machine word.
type ArgKind uint8

const (
	Value    ArgKind = iota // Val itself
	String                  // the address of text, ended by NUL
	Pointer                 // the address of Blob
	Register                // known to the spawner only: Val is a Reg
	Each                    // the running value of an OpRange
)

// Reg names a value that only the spawner knows.
type Reg uint64

const (
	RegCtl      Reg = iota // the control socket's child end
	RegTLS                 // a readable word for the thread pointer
	RegZero                // 64 zero bytes
	RegRoot                // the string "/"
	RegName                // the string InitName
	RegStreams             // a struct msghdr with room for three descriptors
	RegLow                 // lowest address below the code, and how much lies there
	RegLowLen              //
	RegMid                 // between the code and the list
	RegMidLen              //
	RegHigh                // above the list
	RegHighLen             //
	RegJoinCPU             // where the child notes its CPU time when it joined the cgroups,
	RegExecCPU             // the same right before exec,
	RegExecWall            // and the monotonic clock
	NumRegs
)

// An Arg is one argument of a system call.
type Arg struct {
	Kind ArgKind
	Val  uint64
	Blob *Blob

	// The text is made only when somebody wants to read it: a run pays for none.
	text string           // for String, what is pointed to
	show func(Arg) string // instead of text
}

// String is the argument as strace prints it.
func (a Arg) String() string {
	if a.show != nil {
		return a.show(a)
	}
	return a.text
}

// A Blob is memory that an argument points to. Ptrs maps offsets in Data to
// what the pointers there point to.
type Blob struct {
	Data []byte
	Ptrs map[int]*Blob
}

// String prints the step in strace's notation.
func (s Step) String() string {
	texts := make([]string, len(s.Args))
	for i, a := range s.Args {
		texts[i] = a.String()
		if a.Kind == Each {
			texts[i] = fmt.Sprintf("%s%d..%d", a, s.Lo, s.Hi)
		}
	}
	line := s.Name + "(" + strings.Join(texts, ", ") + ")"
	if s.FD >= 0 {
		line += " = " + strconv.Itoa(s.FD)
	}
	return line
}

// Int is a plain number.
func Int(n int64) Arg { return Arg{Val: uint64(n), show: showInt} }

func showInt(a Arg) string { return strconv.FormatInt(int64(a.Val), 10) }

// Sym is a number with the name that strace prints for it.
func Sym(n uint64, text string) Arg { return Arg{Val: n, text: text} }

// Null is a null pointer.
func Null() Arg { return Arg{text: "NULL"} }

// Str is a NUL-terminated string.
func Str(s string) Arg {
	return Arg{Kind: String, text: s, show: showString}
}

func showString(a Arg) string { return Quote(a.text) }

// Text is what a String argument points to.
func (a Arg) Text() string { return a.text }

// Mem is memory with a text for people.
func Mem(data []byte, text string) Arg {
	return Arg{Kind: Pointer, Blob: &Blob{Data: data}, text: text}
}

// Of is a register.
func Of(r Reg, text string) Arg { return Arg{Kind: Register, Val: uint64(r), text: text} }

// Running is the running value of an OpRange; prefix is printed before it.
func Running(prefix string) Arg { return Arg{Kind: Each, text: prefix} }

// Strings is a NULL-terminated vector of strings, as execve(2) takes them.
func Strings(list []string, show func(Arg) string) Arg {
	b := &Blob{Data: make([]byte, 8*(len(list)+1)), Ptrs: make(map[int]*Blob, len(list))}
	for i, s := range list {
		b.Ptrs[8*i] = cstring(s)
	}
	return Arg{Kind: Pointer, Blob: b, show: show}
}

func cstring(s string) *Blob {
	data := make([]byte, len(s)+1)
	copy(data, s)
	return &Blob{Data: data}
}

// words lays out 64-bit words in the machine's order.
func words(ws ...uint64) []byte {
	var data []byte
	for _, w := range ws {
		data = binary.NativeEndian.AppendUint64(data, w)
	}
	return data
}

func readWord(data []byte) uint64 { return binary.NativeEndian.Uint64(data) }

// Quote prints a string as strace does: octal for what is not printable, with
// no more digits than needed (strace src/util.c, string_quote).
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := strings.IndexByte("\t\n\v\f\r", c)
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case letter >= 0:
			b.WriteByte('\\')
			b.WriteByte("tnvfr"[letter])
		case c >= 0x20 && c < 0x7f:
			b.WriteByte(c)
		case i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '7':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			fmt.Fprintf(&b, `\%o`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
