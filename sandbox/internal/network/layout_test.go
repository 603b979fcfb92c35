package network

import (
	"errors"
	"net/netip"
	"testing"
)

func TestLayout(t *testing.T) {
	for _, tt := range []struct{ subnet, gateway, wantGateway, wantRouter, slot0, slot1 string }{
		{"10.200.0.0/16", "", "10.200.0.1", "10.200.255.254", "10.200.0.2", "10.200.0.3"},
		{"10.77.0.0/24", "10.77.0.254", "10.77.0.254", "10.77.0.253", "10.77.0.1", "10.77.0.2"},
		{"10.77.0.8/29", "10.77.0.10", "10.77.0.10", "10.77.0.14", "10.77.0.9", "10.77.0.11"},
		{"10.0.0.0/8", "10.0.0.2", "10.0.0.2", "10.255.255.254", "10.0.0.1", "10.0.0.3"},
	} {
		gateway, _ := netip.ParseAddr(tt.gateway)
		l := newLayout(netip.MustParsePrefix(tt.subnet), gateway)
		if l.gateway.String() != tt.wantGateway || l.router.String() != tt.wantRouter {
			t.Errorf("%s: gateway %s, router %s; want %s, %s", tt.subnet, l.gateway, l.router, tt.wantGateway, tt.wantRouter)
		}
		for slot, want := range []string{tt.slot0, tt.slot1} {
			if a, err := l.pick(slot, func(netip.Addr) bool { return false }); err != nil || a.String() != want {
				t.Errorf("%s: slot %d gets %s, %v; want %s", tt.subnet, slot, a, err, want)
			}
		}
	}
}

// Every address is given once, and then there is none; of nobody's but the runs'.
func TestPickUntilFull(t *testing.T) {
	l := newLayout(netip.MustParsePrefix("10.77.0.8/29"), netip.Addr{})
	taken := map[netip.Addr]bool{}
	for n := range 4 {
		a, err := l.pick(9000, func(a netip.Addr) bool { return taken[a] })
		if err != nil || taken[a] || l.fits(a) != "" {
			t.Fatalf("number %d gets %s, %v", n, a, err)
		}
		taken[a] = true
	}
	if a, err := l.pick(0, func(a netip.Addr) bool { return taken[a] }); err == nil {
		t.Errorf("%s of a full subnet", a)
	}
}

func TestFits(t *testing.T) {
	l := newLayout(netip.MustParsePrefix("10.77.0.0/24"), netip.Addr{})
	for addr, fits := range map[string]bool{
		"10.77.0.2": true, "10.77.0.253": true, "10.77.0.0": false, "10.77.0.1": false, "10.77.0.254": false, "10.77.0.255": false, "10.78.0.2": false, "::1": false,
	} {
		if why := l.fits(netip.MustParseAddr(addr)); (why == "") != fits {
			t.Errorf("%s: %q", addr, why)
		}
	}
}

func TestUsualSubnets(t *testing.T) {
	list := usual()
	if list[0].String() != "10.200.0.0/16" {
		t.Errorf("the first is %s", list[0])
	}
	for i, p := range list {
		if p.Masked() != p {
			t.Errorf("%s has host bits", p)
		}
		for _, other := range list[:i] {
			if other.Overlaps(p) {
				t.Errorf("%s and %s", p, other)
			}
		}
	}
}

func TestUsedBy(t *testing.T) {
	net := netip.MustParsePrefix
	nets := []hostNet{{net("10.1.0.0/16"), 2}, {net("10.2.0.0/24"), 3}, {net("10.3.0.0/16"), 0}, {net("10.4.0.0/16"), 9}}
	mine := func(index int) (bool, error) {
		if index == 9 {
			return false, errors.New("asked")
		}
		return index == 3, nil
	}
	for subnet, want := range map[string]string{
		"10.0.0.0/16": "invalid Prefix", "10.1.7.0/24": "10.1.0.0/16", "10.2.0.0/16": "invalid Prefix", "10.3.0.0/24": "10.3.0.0/16",
	} {
		if other, bad, err := usedBy(net(subnet), nets, mine); other.String() != want || bad != other.IsValid() || err != nil {
			t.Errorf("%s is used by %s, %t, %v, want %s", subnet, other, bad, err, want)
		}
	}
	if _, bad, err := usedBy(net("10.4.0.0/16"), nets, mine); bad || err == nil {
		t.Errorf("not known: %t, %v", bad, err)
	}
}

func TestBuckets(t *testing.T) {
	for rate, want := range map[uint64][2]uint32{1 << 10: {66560, 133120}, 10 << 20: {104857, 1115136}, 1 << 37: {1 << 30, 1<<30 + 66560}} {
		if burst, queue := tbf(rate); burst != want[0] || queue != want[1] {
			t.Errorf("%d bytes a second: bucket %d, queue %d, want %v", rate, burst, queue, want)
		}
	}
}

func TestResolv(t *testing.T) {
	for text, want := range map[string]string{
		"nameserver 127.0.0.53\noptions edns0\n": "",
		"# x\nnameserver 192.0.2.1\nnameserver ::1\nnameserver 127.0.0.1\nsearch a.example b.example\nsortlist 1\nnameserver": "nameserver 192.0.2.1\nsearch a.example b.example\n",
		"": "",
	} {
		if got := reachable(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}
