package sandbox

import (
	"reflect"
	"testing"
)

func TestBeyond(t *testing.T) {
	const status = "Name:\tGroups: 9\nUid:\t5\t5\t5\t5\nGid:\t100\t200\t300\t400\nFDSize:\t64\nGroups:\t4 24 \nNStgid:\t1\n"
	for _, tt := range []struct {
		groups []int
		want   []int
	}{
		{nil, nil}, {[]int{4, 24, 200}, nil}, {[]int{200, 9, 100, 9, 4}, []int{9, 100}},
	} {
		if got := beyond(tt.groups, []byte(status)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.groups, got, tt.want)
		}
	}
	if got := beyond([]int{0}, nil); len(got) != 1 {
		t.Errorf("of a process of which nothing is known: %v", got)
	}
}

func TestAboveBoth(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"/a/b/c", "/a/b/d/e", "/a/b"}, {"/a/b", "/a/b/c", "/a/b"}, {"/a/b", "/a/b", "/a/b"}, {"/a", "/ab", "/"}, {"/", "/x", "/"}, {"", "/x", "/"},
		{"/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/judge-1.scope/judge/slot", "/user.slice/user-1000.slice"},
	} {
		if got := aboveBoth(tt.a, tt.b); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestLower(t *testing.T) {
	got := lower(map[int]uint64{1: 5, 2: 6}, map[int]uint64{2: 4, 3: 9})
	if want := (map[int]uint64{1: 5, 2: 4, 3: 9}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := lower(nil, nil); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
