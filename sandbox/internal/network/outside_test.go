package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func outsider(bridge string, subnet byte, allowed ...[4]byte) record {
	r := record{Outside: 1, Net: [4]byte{10, subnet}, Bits: 16, Gateway: [4]byte{10, subnet, 0, 1}, AllowedCount: uint32(len(allowed))}
	copy(r.Bridge[:], bridge)
	copy(r.Allowed[:], allowed)
	return r
}

// proven has records that all count.
func proven(records map[int]record) *ledger {
	l := &ledger{records: records, proven: map[int]bool{}}
	for slot := range records {
		l.proven[slot] = true
	}
	return l
}

// TestOpening: the host's table is made of the record alone.
func TestOpening(t *testing.T) {
	inside := outsider("judge9", 209)
	inside.Outside = 0
	l := proven(map[int]record{
		3: outsider("judge0", 200, [4]byte{192, 0, 2, 9}), 4: outsider("judge0", 200), 5: outsider("judge1", 201, [4]byte{192, 0, 2, 9}), 6: inside,
	})
	o := l.opening()
	o.opened = []string{"up9"}
	var lines []string
	for _, ch := range o.chains() {
		for _, r := range ch.rules {
			lines = append(lines, ch.name+": "+r.String())
		}
	}
	want := `input: iifgroup 0x6a64 ip daddr 10.200.0.1 accept
input: iifgroup 0x6a64 ip daddr 10.201.0.1 accept
input: iifgroup 0x6a64 ip daddr 192.0.2.9 accept
input: iifgroup 0x6a64 drop
forward: iifgroup 0x6a64 oifgroup 0x6a64 drop
forward: iifname "up9" oifgroup != 0x6a64 drop
postrouting: ip saddr 10.200.0.0/16 oifgroup != 0x6a64 masquerade
postrouting: ip saddr 10.201.0.0/16 oifgroup != 0x6a64 masquerade`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if o.sum() == 0 || (opening{}).sum() != 0 {
		t.Errorf("sums %#x, %#x", o.sum(), opening{}.sum())
	}
	other := o
	other.opened = nil
	if other.sum() == o.sum() {
		t.Error("the guard is not in the sum")
	}
	again := proven(l.records).opening()
	again.opened = o.opened
	if again.sum() != o.sum() {
		t.Error("the sum depends on the order of a map")
	}
}

// Nothing is done to the host where nobody has the way beyond it, and nothing was left.
func TestNothingToSettle(t *testing.T) {
	inside := outsider("judge9", 209)
	inside.Outside = 0
	if err := (&ledger{fd: -1, records: map[int]record{1: inside}}).settle(); err != nil {
		t.Errorf("settle: %v", err) // it would have to write to descriptor -1
	}
}

func TestOpenedNames(t *testing.T) {
	l := &ledger{}
	names := []string{"eth0", "a-name-of-15-by", "up9"}
	l.setOpened(names)
	if got := l.opened(); !slices.Equal(got, names) {
		t.Errorf("%q", got)
	}
	var many []string
	for n := range 100 {
		many = append(many, fmt.Sprint("eth", n))
	}
	l.setOpened(many)
	if got := l.opened(); !slices.Equal(got, many[:len(head{}.Opened)]) {
		t.Errorf("%q", got)
	}
	l.setOpened(nil)
	if got := l.opened(); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestNamedHostAddresses(t *testing.T) {
	m := aMember(bridgeThatAllows("10.0.0.0/8", "192.0.2.9:80/tcp"))
	m.host = []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("192.0.2.9")}
	if got := fmt.Sprint(m.named()); got != "[10.1.2.3 192.0.2.9]" {
		t.Error(got)
	}
}
