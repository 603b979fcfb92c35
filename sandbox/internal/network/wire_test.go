package network

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAttr(t *testing.T) {
	got := attr(3, text("ab"), attr(7, []byte{9}))
	want := []byte{15, 0, 3, 0, 'a', 'b', 0, 5, 0, 7, 0, 9, 0, 0, 0, 0} // the length does not count what fills it up
	if !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// TestWire: of a list the kernel does what it can, and each refusal is that message's.
func TestWire(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	const lo = 1
	if err := in(fresh, func() error {
		w, err := routeSocket()
		if err != nil {
			return err
		}
		defer w.close()
		home := netip.MustParsePrefix("192.0.2.1/24")
		no, err := w.do([]message{up(lo), addAddr(77, home, 0), addAddr(lo, home, 0), addAddr(lo, home, 0), set(lo, attr(unix.IFLA_IFALIAS, []byte("x")))})
		if err != nil || len(no) != 2 || no[1] != unix.ENODEV || no[3] != unix.EEXIST {
			t.Errorf("refused %v, %v", no, err)
		}
		if n, err := w.index("lo"); n != lo || err != nil {
			t.Errorf("lo has the index %d, %v", n, err)
		}
		if _, err := w.index("nowhere"); !errors.Is(err, unix.ENODEV) || !strings.Contains(err.Error(), "find nowhere") {
			t.Errorf("an interface that is not there: %v", err)
		}
		if c, err := w.counters(lo); err != nil || c != (Counters{}) {
			t.Errorf("%+v, %v", c, err)
		}
		if err := w.one(route{dst: netip.MustParsePrefix("198.51.100.0/24"), gw: netip.MustParseAddr("203.0.113.1")}.message(lo, create)); err != unix.ENETUNREACH {
			t.Errorf("a gateway that cannot be reached: %v", err)
		}
		found := false
		if err := w.list(message{unix.RTM_GETADDR, 0, []byte{unix.AF_INET, 0, 0, 0, 0, 0, 0, 0}}, func(body []byte) {
			for kind, data := range attrs(body, unix.SizeofIfAddrmsg) {
				found = found || kind == unix.IFA_LOCAL && bytes.Equal(data, home.Addr().AsSlice())
			}
		}); err != nil || !found {
			t.Errorf("the address is in the list: %t, %v", found, err)
		}
		ran := false
		err = doAll("there", w, []action{
			{text: "up", msg: up(lo)}, {text: "harmless", msg: addAddr(lo, home, 0), mild: []unix.Errno{unix.EEXIST}},
			{text: "run", do: func() error { ran = true; return nil }},
			{text: "again", msg: addAddr(lo, home, 0)}, {text: "never", do: func() error { t.Error("after a refusal it went on"); return nil }},
		})
		if !ran || !errors.Is(err, unix.EEXIST) || !strings.HasPrefix(err.Error(), "there: again: ") {
			t.Errorf("ran %t, %v", ran, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestCommit: all of a transaction is done, whatever its size, or nothing, and the first refusal is told.
func TestCommit(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	if err := in(fresh, func() error {
		w, err := rulesSocket()
		if err != nil {
			return err
		}
		defer w.close()
		table := routedTable()
		count := func(chain string) (n int) {
			if err := w.list(nft(unix.NFT_MSG_GETRULE, 0, table, rulesOf(table, chain)), func([]byte) { n++ }); err != nil {
				t.Error(err)
			}
			return n
		}
		const rules = 1500
		many := &ruleset{}
		many.addTable(table)
		many.addChain(table, "many")
		for i := range rules {
			many.addRule(table, "many", rule{is(offDest, at(netip.MustParsePrefix("192.0.2.0/16"), uint32(i))), counter(), accept()})
		}
		if err := w.commit(many); err != nil || count("many") != rules {
			t.Errorf("%d rules: %v", count("many"), err)
		}
		bad := &ruleset{}
		bad.addRule(table, "many", rule{drop()})
		bad.addRule(table, "nowhere", rule{drop()})
		bad.addJump(verdicts("from"), []byte{192, 0, 2, 1}, "many")
		if err := w.commit(bad); !errors.Is(err, unix.ENOENT) || !strings.HasPrefix(err.Error(), "add rule nowhere drop: ") || count("many") != rules {
			t.Errorf("%d rules, %v", count("many"), err)
		}
		if err := w.commit(&ruleset{}); err != nil {
			t.Errorf("of nothing: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
