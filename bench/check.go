package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"judge/judge/check"
	"judge/judge/problem"
)

// checkSize is how much output each comparison reads.
const checkSize = 100 << 20

// A Checking is the default validator's way through an output that is right.
type Checking struct {
	Name      string  `json:"name"`
	Bytes     int64   `json:"bytes"`
	PerSecond float64 `json:"bytes_per_second"` // of processor time
	Allocated uint64  `json:"allocated_bytes"`
}

// checking measures the default validator on outputs that are wholly right, but
// less and less like the answer.
func checking() ([]Checking, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var ints, loose, lower, upper, floats, near bytes.Buffer
	for ints.Len() < 1<<20 {
		n, x := random.IntN(1<<30), random.Float64()*1000
		fmt.Fprintf(&ints, "%d\n", n)
		fmt.Fprintf(&loose, "%d \r\n", n)
		fmt.Fprintf(&lower, "word%x\n", n)
		fmt.Fprintf(&upper, "WORD%s\n", strings.ToUpper(fmt.Sprintf("%x", n)))
		fmt.Fprintf(&floats, "%.6f\n", x)
		fmt.Fprintf(&near, "%.9f\n", x+1e-8)
	}
	var list []Checking
	for _, c := range []struct {
		name           string
		flags          []string
		output, answer []byte
	}{
		{"the same, byte for byte", nil, ints.Bytes(), ints.Bytes()},
		{"other white space", nil, loose.Bytes(), ints.Bytes()},
		{"other case", nil, upper.Bytes(), lower.Bytes()},
		{"numbers within 1e-6, none the same", []string{"float_tolerance", "1e-6"}, near.Bytes(), floats.Bytes()},
	} {
		flags, err := check.ParseFlags(c.flags, problem.V2025)
		if err != nil {
			return nil, err
		}
		times := checkSize / len(c.output)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := threadTime()
		r, err := check.Check(&repeated{c.output, c.output, times}, &repeated{c.answer, c.answer, times}, flags)
		took := threadTime() - start
		if err != nil {
			return nil, err
		}
		if !r.Accepted {
			return nil, fmt.Errorf("check %s: %v", c.name, r.Difference)
		}
		runtime.ReadMemStats(&after)
		size := int64(times * len(c.output))
		list = append(list, Checking{c.name, size, float64(size) / took.Seconds(), after.TotalAlloc - before.TotalAlloc})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Printf("\nthe default validator on %d MiB of right output (bound: 200 MB a second of processor time, constant memory)\n", checkSize>>20)
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%.0f MB/s\t%d KiB allocated\t\n", c.Name, c.PerSecond/1e6, c.Allocated>>10)
	}
	return list, w.Flush()
}

// threadTime is the processor time of this thread, to which measure is locked.
func threadTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		panic(err) // getrusage(2): only for arguments that are none
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A repeated reads a block so many times; rest is what is left of this time.
type repeated struct {
	block, rest []byte
	times       int
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.times == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.rest)
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.rest = r.block
		r.times--
	}
	return n, nil
}
