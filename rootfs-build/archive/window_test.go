package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// withDictionary changes the code by which the first block of an .xz file tells
// the size of its dictionary (The .xz File Format 1.1.0, 3.1 "Block Header", 5.3.1 "LZMA2").
func withDictionary(t *testing.T, data []byte, code byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	const streamHeader = 12
	head := data[streamHeader:]
	head = head[:(int(head[0])+1)*4]
	at := bytes.Index(head, []byte{0x21, 1}) // the filter's id, and how long its properties are
	if at < 0 {
		t.Fatalf("no filter LZMA2 in % x", head)
	}
	head[at+2] = code
	sum := head[len(head)-4:]
	binary.LittleEndian.PutUint32(sum, crc32.ChecksumIEEE(head[:len(head)-4]))
	return data
}

// withWindow changes the size of a frame's window to 2^(10+exponent) (RFC 8878, 3.1.1.1.2).
func withWindow(t *testing.T, data []byte, exponent byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	const magic, singleSegment = 4, 1 << 5
	if data[magic]&singleSegment != 0 {
		t.Fatal("the frame has no window descriptor")
	}
	data[magic+1] = exponent << 3
	return data
}

const (
	dictionary4GiB, dictionary64MiB = 40, 28
	window2GiB, window128MiB        = 21, 17
)

// However much memory an archive says that it takes, no more than the bound is
// taken, wherever in the file it says so.
func TestWindow(t *testing.T) {
	content := tarOf(t, regular("a", strings.Repeat("text ", 100_000)))
	xz, zstd := packed(t, "xz", content), packed(t, "zstd", content)
	tests := []struct {
		name string
		data []byte
	}{
		{"xz", withDictionary(t, xz, dictionary4GiB)},
		{"xz, second stream", slices.Concat(xz, withDictionary(t, xz, dictionary4GiB))},
		{"zstd", withWindow(t, zstd, window2GiB)},
		{"zstd, second frame", slices.Concat(zstd, withWindow(t, zstd, window2GiB))},
		{"a layer", asTar(t, ociLayout(t, "", withDictionary(t, xz, dictionary4GiB)))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := write(t, test.data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := imported(t, name, usual())
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrWindow) {
				t.Errorf("got the error %v, want %v", err, ErrWindow)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 2*maxWindow {
				t.Errorf("%d MiB were allocated", got>>20)
			}
		})
	}
}

// What xz and zstd write with their highest levels is taken: 64 and 128 MiB.
func TestLargestWindow(t *testing.T) {
	content := tarOf(t, regular("a", strings.Repeat("text ", 100_000)))
	for name, data := range map[string][]byte{
		"xz":   withDictionary(t, packed(t, "xz", content), dictionary64MiB),
		"zstd": withWindow(t, packed(t, "zstd", content), window128MiB),
	} {
		if _, _, err := imported(t, write(t, data), usual()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
