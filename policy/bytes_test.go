package policy

import (
	"math"
	"strings"
	"testing"
)

func TestParseBytes(t *testing.T) {
	tests := []struct {
		in   string
		want Bytes
	}{
		{"0", 0}, {"4096", 4096}, {"4096B", 4096}, {"1b", 1},
		{"64k", 64_000}, {"64K", 64_000}, {"64kB", 64_000}, {"64KB", 64_000},
		{"64KiB", 65_536}, {"64kib", 65_536},
		{"64M", 64_000_000}, {"64MB", 64_000_000}, {"64MiB", 64 << 20},
		{"256MiB", 256 << 20}, {"1GiB", 1 << 30}, {"2G", 2_000_000_000}, {"3TiB", 3 << 40}, {"1PB", 1e15}, {"7EiB", 7 << 60},
		{"1.5GiB", 3 << 29}, {"0.5k", 500}, {"1.250kB", 1250}, {"64 MiB", 64 << 20},
		{"9223372036854775807", math.MaxInt64}, {"9.223372036854775807EB", math.MaxInt64},
	}
	for _, tt := range tests {
		got, err := ParseBytes(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", tt.in, got, err, tt.want)
		}
		var b Bytes
		if err := b.UnmarshalText([]byte(tt.in)); err != nil || b != tt.want {
			t.Errorf("UnmarshalText(%q) = %d, %v, want %d", tt.in, b, err, tt.want)
		}
	}
}

func TestParseBytesErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `size "": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"-5", `size "-5": a size cannot be negative`},
		{"+5", `size "+5": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"MiB", `size "MiB": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"64 Mbit", `size "64 Mbit": unknown unit "Mbit" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"64 ", `size "64 ": unknown unit "" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"1  k", `size "1  k": unknown unit "k" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"64iB", `size "64iB": unknown unit "iB" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"1e3", `size "1e3": unknown unit "e3" (use KiB, MiB, GiB, TiB, or kB, MB, GB, TB)`},
		{"1.", `size "1.": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{".5k", `size ".5k": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"1.2.3k", `size "1.2.3k": not a size (write a number with a unit: "64MiB", "64MB", "64k")`},
		{"0.5", `size "0.5": not a whole number of bytes`},
		{"1.0001KiB", `size "1.0001KiB": not a whole number of bytes`},
		{"1.00000000000000000001EiB", `size "1.00000000000000000001EiB": not a whole number of bytes`},
		{"9223372036854775808", `size "9223372036854775808": more than 2^63 - 1 bytes`},
		{"99999999999999999999999", `size "99999999999999999999999": more than 2^63 - 1 bytes`},
		{"8EiB", `size "8EiB": more than 2^63 - 1 bytes`},
		{"7.9999999999999999999EiB", `size "7.9999999999999999999EiB": not a whole number of bytes`},
		{"20000000EB", `size "20000000EB": more than 2^63 - 1 bytes`},
		{"9.223372036854775808EB", `size "9.223372036854775808EB": more than 2^63 - 1 bytes`},
	}
	for _, tt := range tests {
		b, err := ParseBytes(tt.in)
		got := "ok"
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseBytes(%q) = %d, %s, want %s", tt.in, b, got, tt.want)
		}
	}
}

func TestBytesString(t *testing.T) {
	tests := []struct {
		in   Bytes
		want string
	}{
		{0, "0"}, {1, "1"}, {999, "999"}, {1000, "1kB"}, {1023, "1023"}, {1024, "1KiB"}, {1025, "1025"},
		{64_000_000, "64MB"}, {64 << 20, "64MiB"}, {1536 << 20, "1536MiB"}, {1 << 30, "1GiB"},
		{1_024_000, "1000KiB"}, {math.MaxInt64, "9223372036854775807"}, {7 << 60, "7EiB"}, {-3, "-3"},
	}
	for _, tt := range tests {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("Bytes(%d).String() = %q, want %q", int64(tt.in), got, tt.want)
		}
	}
}

func FuzzBytes(f *testing.F) {
	for _, s := range []string{"64MiB", "1.5k", "9223372036854775807", "-1", "0.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBytes(s)
		if err != nil {
			return
		}
		if b < 0 {
			t.Fatalf("ParseBytes(%q) = %d", s, b)
		}
		text, _ := b.MarshalText()
		if again, err := ParseBytes(string(text)); err != nil || again != b || strings.Contains(string(text), ".") {
			t.Fatalf("%q is %d bytes, written %q, read %d, %v", s, b, text, again, err)
		}
	})
}
