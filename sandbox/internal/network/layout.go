package network

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

// A layout is how a subnet is shared out. The gateway is the host; the router
// is the hub itself, which takes part in nothing but answers that something is refused.
type layout struct {
	subnet          netip.Prefix
	gateway, router netip.Addr
}

// usual are the subnets that are tried where the policy names none: the first
// that the host does not use already.
func usual() []netip.Prefix {
	var list []netip.Prefix
	for n := byte(200); n < 255; n++ {
		list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, n, 0, 0}), 16))
	}
	for n := byte(200); n < 255; n++ {
		list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, n, 0}), 24))
	}
	return list
}

// DefaultSubnet is the first of them.
func DefaultSubnet() netip.Prefix { return usual()[0] }

// newLayout of a subnet; an invalid gateway stands for the first address.
func newLayout(subnet netip.Prefix, gateway netip.Addr) layout {
	l := layout{subnet: subnet, gateway: gateway, router: at(subnet, size(subnet)-2)}
	if !gateway.IsValid() {
		l.gateway = at(subnet, 1)
	}
	if l.router == l.gateway {
		l.router = at(subnet, size(subnet)-3)
	}
	return l
}

// size is how many addresses a subnet has, network and broadcast included.
func size(p netip.Prefix) uint32 { return 1 << (32 - p.Bits()) }

// at is the n-th address of a subnet, from 0.
func at(p netip.Prefix, n uint32) netip.Addr {
	base := p.Masked().Addr().As4()
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(base[:])+n)
	return netip.AddrFrom4(b)
}

// index is which address of the subnet it is: the reverse of at.
func (l layout) index(a netip.Addr) uint32 {
	b, base := a.As4(), l.subnet.Masked().Addr().As4()
	return binary.BigEndian.Uint32(b[:]) - binary.BigEndian.Uint32(base[:])
}

// fits says what keeps an address from being a run's; "" if nothing does.
func (l layout) fits(a netip.Addr) string {
	switch {
	case !a.Is4() || !l.subnet.Contains(a):
		return "is not in the subnet, " + l.subnet.String()
	case a == l.gateway:
		return "is the gateway's"
	case a == l.router:
		return "is the bridge's own"
	case l.index(a) == 0 || l.index(a) == size(l.subnet)-1:
		return "is the subnet's own"
	}
	return ""
}

// pick gives a run its address: of a slot the one after as many others, and
// where somebody asked for that very one, the highest that is free.
func (l layout) pick(slot int, taken func(netip.Addr) bool) (netip.Addr, error) {
	n, last := uint32(0), size(l.subnet)-1
	for i := uint32(1); i < last; i++ {
		// Slots are few and low: the walk is short.
		a := at(l.subnet, i)
		if l.fits(a) != "" {
			continue
		}
		if n == uint32(slot) {
			if !taken(a) {
				return a, nil
			}
			break
		}
		n++
	}
	for i := last - 1; i > 0; i-- {
		if a := at(l.subnet, i); l.fits(a) == "" && !taken(a) {
			return a, nil
		}
	}
	return netip.Addr{}, &Unfit{What: fmt.Sprintf("the subnet %s has no address left", l.subnet), Hint: "give network.bridge.subnet more bits, or run fewer at once"}
}

// mac is the hardware address that goes with an address: locally administered,
// and nothing has to be asked to know it.
func mac(a netip.Addr) net.HardwareAddr {
	b := a.As4()
	return net.HardwareAddr{0x02, 0x6a, b[0], b[1], b[2], b[3]}
}

// A hostNet is a network that the host uses, and the index of the interface that leads
// there; 0 for none.
type hostNet struct {
	net   netip.Prefix
	index int
}

// usedBy gives the first of the networks that shares an address with the subnet. Those of
// interfaces that are judge's own, of hubs that are going, do not count.
func usedBy(subnet netip.Prefix, nets []hostNet, mine func(index int) (bool, error)) (netip.Prefix, bool, error) {
	for _, n := range nets {
		if !n.net.Overlaps(subnet) {
			continue
		}
		if n.index == 0 {
			return n.net, true, nil
		}
		if own, err := mine(n.index); err != nil || !own {
			return n.net, err == nil, err
		}
	}
	return netip.Prefix{}, false, nil
}
