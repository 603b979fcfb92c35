package policy

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	a := full(t)
	b, err := a.With(nil)
	if err != nil || Diff(a, b) != nil {
		t.Fatalf("a policy and its copy differ in %+v, %v", Diff(a, b), err)
	}
	b.Limits.Memory = 0
	b.Limits.WallTime = 0
	b.Network.Loopback = false
	b.Filesystem.Box += strings.Repeat("x", 60)
	b.Filesystem.Bind = append(b.Filesystem.Bind[:1], Bind{"/n", "/n", false})
	b.Environment.Set = map[string]string{"A": "2", "B.C": "x\ny"}
	b.Seccomp.Allow = []string{"read", "write"}
	slices.Reverse(b.Seccomp.Rules)
	want := []Difference{
		{"limits.wall_time", `"3h"`, `2h2m1s (2 × cpu_time + 1s)`},
		{"limits.memory", `"1MiB"`, "unlimited"},
		{"filesystem.box", `"/b"`, `"/b` + strings.Repeat("x", 60) + `"`},
		{"filesystem.bind", `{source = "/b", target = "/c", readonly = false}`, `{source = "/n", target = "/n", readonly = false}`},
		{"network.loopback", "true", "false"},
		{"environment.set", "A=1", "A=2"},
		{"seccomp.allow", "@a", "write"},
		{"seccomp.rules", `{calls = ["c"], when = ["arg0 == 1"], action = "log"}, {calls = ["d", "e"], action = "kill"}`, `{calls = ["d", "e"], action = "kill"}, {calls = ["c"], when = ["arg0 == 1"], action = "log"}`},
	}
	if got := Diff(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}
