package sandbox

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"judge/policy"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
)

// TestRecordIsReadAsItWasWritten: nothing of what a second command is made by is
// lost or changed on its way through the record.
func TestRecordIsReadAsItWasWritten(t *testing.T) {
	for _, name := range policy.Names() {
		p, ok := policy.Builtin(name)
		if !ok {
			t.Fatal(name)
		}
		in := plan.Input{
			Policy: p, Path: "/usr/bin/x", Env: []string{"A=\u00fc b", "PATH=/bin"}, UID: 1, GID: 2, Filter: []byte{0, 255, 3}, Notify: true, ClockOK: true, Keys: true, Enterable: true,
			Root:  plan.Root{Trees: []plan.Tree{{Source: "/usr", Target: "usr"}}, Links: []plan.Link{{Name: "bin", Target: "usr/bin"}}},
			Binds: []plan.Bind{{Source: "/s", Target: "/t", Readonly: true, Dir: true}},
			Host: plan.Host{Userns: plan.Userns{Maps: plan.ManyIDs, UID: 5}, Cgroup: 2, JoinFDs: 1, Landlock: 7,
				Ceilings: map[int]uint64{7: plan.Infinity, 3: 1<<63 + 1}, Monotonic: time.Hour + 1},
		}
		r := &run{cmd: Command{Grace: 1500 * time.Millisecond}}
		data, err := r.encodeRecord(&lease.Slot{N: 17}, &joint{Init: 9, InitFD: 8, Join: []string{"/x/tasks"}, Ways: []int{7, 9}, Input: in}, "")
		if err != nil {
			t.Fatal(err)
		}
		rec, grace, ok := parseRecord(data)
		if !ok || rec.Slot != 17 || grace != 1500*time.Millisecond || rec.Joint == nil {
			t.Fatalf("%t %v %+v", ok, grace, rec)
		}
		if !reflect.DeepEqual(rec.Joint.Input, in) {
			a, _ := json.Marshal(in)
			b, _ := json.Marshal(rec.Joint.Input)
			t.Errorf("%s:\n%s\nbecame\n%s", name, a, b)
		}
		if rec.Joint.Ways[1] != 9 {
			t.Errorf("%+v", rec.Joint)
		}
		for i := range data {
			if i == 0 {
				continue
			}
			if _, _, ok := parseRecord(data[:i]); ok {
				t.Fatalf("the first %d of %d bytes are a record", i, len(data))
			}
		}
	}
	for _, odd := range []string{"", "\n", "0000000000000000000\n\n{}", "-0000000000000000001\n{}", "00000000000000000001 {}", "00000000000000000001\n{}",
		"00000000000000000001\n-0000000000000000001\n{}", "00000000000000000001\n00000000000000000001 {}"} {
		if _, _, ok := parseRecord([]byte(odd)); ok {
			t.Errorf("%q is a record", odd)
		}
	}
}
