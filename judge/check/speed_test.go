package check

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// A repeated reads the same block again and again, size bytes in all.
type repeated struct {
	block []byte
	at    int
	left  int64
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), r.left)], r.block[r.at:])
	r.at = (r.at + n) % len(r.block)
	r.left -= int64(n)
	return n, nil
}

func repeat(block []byte, times int) io.Reader {
	return &repeated{block: block, left: int64(len(block)) * int64(times)}
}

// blocks are pairs of output and answer of about a megabyte.
func blocks() map[string]struct {
	flags          string
	output, answer []byte
} {
	var ints, lowers, uppers, floats, near, many, short, loose bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	for ints.Len() < 1<<20 {
		n := random.IntN(1 << 30)
		fmt.Fprintln(&ints, n)
		fmt.Fprintf(&loose, "%d \r\n", n)
		x := random.Float64() * 1000
		fmt.Fprintf(&floats, "%.6f\n", x)
		fmt.Fprintf(&near, "%.9f\n", x+1e-8)
		fmt.Fprintf(&many, "%.20f\n", x+1e-8)
		fmt.Fprintf(&short, "%.9e\n", x+1e-8)
		word := fmt.Sprintf("word%x\n", n)
		lowers.WriteString(word)
		uppers.WriteString(strings.ToUpper(word))
	}
	type pair = struct {
		flags          string
		output, answer []byte
	}
	return map[string]pair{
		"same":   {"", ints.Bytes(), ints.Bytes()},
		"space":  {"", loose.Bytes(), ints.Bytes()},
		"case":   {"", uppers.Bytes(), lowers.Bytes()},
		"floats": {"float_tolerance 1e-6", near.Bytes(), floats.Bytes()},
		"strict": {"space_change_sensitive float_tolerance 1e-6", near.Bytes(), floats.Bytes()},
		"many":   {"float_tolerance 1e-6", many.Bytes(), floats.Bytes()},
		"e":      {"float_tolerance 1e-6", short.Bytes(), floats.Bytes()},
		"exact":  {"case_sensitive", loose.Bytes(), ints.Bytes()},
		"word":   {"", bytes.Repeat([]byte("x"), 1<<20), bytes.Repeat([]byte("X"), 1<<20)},
	}
}

// BenchmarkCheck tells bytes of output a second.
func BenchmarkCheck(b *testing.B) {
	for name, pair := range blocks() {
		b.Run(name, func(b *testing.B) {
			f := flagsOf(b, pair.flags)
			b.SetBytes(int64(len(pair.output)))
			b.ReportAllocs()
			got, err := Check(repeat(pair.output, b.N), repeat(pair.answer, b.N), f)
			if err != nil || !got.Accepted {
				b.Fatal(got.Difference, err)
			}
		})
	}
}

// TestConstantMemory: an output of 100 MB costs as much memory as one of 1 MB,
// one token of that size too, and numbers that differ in every digit.
func TestConstantMemory(t *testing.T) {
	for name, pair := range blocks() {
		f := flagsOf(t, pair.flags)
		allocated := func(times int) uint64 {
			runtime.GC() // two of them empty the pool of buffers: each check makes its own
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := Check(repeat(pair.output, times), repeat(pair.answer, times), f)
			if err != nil || !got.Accepted {
				t.Fatalf("%s: %v, %v", name, got.Difference, err)
			}
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		small, large := allocated(1), allocated(100)
		if large > small+(16<<10) {
			t.Errorf("%s: 100 MB allocate %d bytes, 1 MB %d", name, large, small)
		}
		if large > 1<<20 {
			t.Errorf("%s: 100 MB allocate %d bytes, want less than 1 MiB", name, large)
		}
	}
}
