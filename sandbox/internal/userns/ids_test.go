package userns

import (
	"slices"
	"testing"
)

func TestPick(t *testing.T) {
	const slot = 1_900_000_000
	tests := []struct {
		name   string
		ranges []Range
		n      int
		want   int64 // 0 for none
	}{
		{"all ids of the host", []Range{{0, 4294967295}}, 3, slot + 3},
		{"subordinate ids", []Range{{100000, 65536}}, 0, 165535},
		{"the next slot's", []Range{{100000, 65536}}, 1, 165534},
		{"of several ranges the last", []Range{{0, 1}, {1, 65536}}, 2, 65534},
		{"as many slots as ids", []Range{{100000, 2}}, 1, 100000},
		{"more slots than ids", []Range{{100000, 2}}, 2, 0},
		{"judge's own is the only one", []Range{{0, 1}}, 0, 0},
		{"judge's own", []Range{{1000, 1}}, 0, 0},
		{"root's", []Range{{0, 3}}, 1, 0},
		{"none", nil, 0, 0},
	}
	for _, tt := range tests {
		got, ok := Pick(tt.ranges, tt.n, 1000, slot+int64(tt.n))
		if ok != (tt.want != 0) || ok && got != tt.want {
			t.Errorf("%s: %d %t, want %d", tt.name, got, ok, tt.want)
		}
	}
}

func TestSubordinate(t *testing.T) {
	const file = "other:100000:65536\nme:165536:65536\n1000:300000:10\n\n# me:1:1\nme:x:1\nme:1\nme:1:-5\nme:4294967290:100\n10:1:1\n"
	tests := []struct {
		name string
		uid  int
		want []Range
	}{
		{"me", 1000, []Range{{165536, 65536}, {300000, 10}}},
		{"", 1000, []Range{{300000, 10}}},
		{"nobody", 65534, nil},
		{"", 0, nil},
	}
	for _, tt := range tests {
		if got := Subordinate([]byte(file), tt.name, tt.uid); !slices.Equal(got, tt.want) {
			t.Errorf("%s, %d: %v, want %v", tt.name, tt.uid, got, tt.want)
		}
	}
}

func TestMapped(t *testing.T) {
	got := Mapped([]byte("         0       1000          1\n         1     100000      65536\nnonsense\n"))
	if want := []Range{{0, 1}, {1, 65536}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNameOf(t *testing.T) {
	passwd := []byte("root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nbroken\n")
	if a, b := NameOf(passwd, 1000), NameOf(passwd, 7); a != "me" || b != "" {
		t.Errorf("%q %q", a, b)
	}
}
