package seccomp

import (
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// BenchmarkInstall is what a run pays for the filter of strict, beside what the
// same decisions cost in libseccomp's order: the median of seccomp(2) in
// microseconds, with the flags that make a difference to what the kernel does,
// taken in turn. "nothing" is a filter of one instruction.
func BenchmarkInstall(b *testing.B) {
	l, err := newLayout(builtinSpec(b, "strict"), Native())
	if err != nil {
		b.Skip("feature missing: ", err)
	}
	tree, err := l.tree(helper(b))
	if err != nil {
		b.Fatal(err)
	}
	f, err := l.link(tree.Program, tree.Unknown)
	if err != nil {
		b.Fatal(err)
	}
	type variant struct {
		name    string
		program []byte
		flags   uintptr
		took    []float64
	}
	var variants []*variant
	for _, p := range []variant{
		{name: "nothing", program: encode([]instruction{{code: opReturn, k: uint32(Allow)}})},
		{name: "plain", program: plain(b, l, tree)},
		{name: "linked", program: f.Program},
	} {
		for suffix, flags := range map[string]uintptr{
			"": 0, "+listener": unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
			"+listener+log": unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_LOG,
		} {
			variants = append(variants, &variant{name: p.name + suffix, program: p.program, flags: flags})
		}
	}
	for first := 0; b.Loop(); first++ { // none is always the first, which finds the caches cold
		for i := range variants {
			v := variants[(first+i)%len(variants)]
			took, err := install(v.program, v.flags)
			if err != nil {
				b.Skip("feature missing: seccomp filters with ", v.name, ": ", err)
			}
			v.took = append(v.took, float64(took)/float64(time.Microsecond))
		}
	}
	b.ReportMetric(0, "ns/op") // of all of them, and of their threads
	for _, v := range variants {
		slices.Sort(v.took)
		b.ReportMetric(v.took[len(v.took)/2], "us/"+v.name)
	}
}

// install gives a filter to a thread that ends with it.
func install(program []byte, flags uintptr) (took time.Duration, err error) {
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // for ever: the thread ends with the goroutine
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return
		}
		prog := unix.SockFprog{Len: uint16(len(program) / instructionSize), Filter: (*unix.SockFilter)(unsafe.Pointer(&program[0]))}
		start := time.Now()
		fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
		took = time.Since(start)
		if errno != 0 {
			err = errno
		} else if flags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER != 0 {
			err = unix.Close(int(fd))
		}
	}()
	<-done
	return took, err
}
