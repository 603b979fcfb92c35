package network

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// inner is what the run calls its interface.
const inner = "eth0"

// inside sets up the run's end, on a thread in its namespace. The program has
// no right over that, so nothing of it changes any more.
func (n *Network) inside() error {
	rt, err := routeSocket()
	if err != nil {
		return fmt.Errorf("in the run: %w", err)
	}
	defer rt.close()
	return doAll("in the run", rt, n.insideActions())
}

// innerIndex is the index of that interface: above those that the kernel has given out in a
// new namespace.
const innerIndex = 100

func (n *Network) insideActions() []action {
	l := n.layout
	own := netip.PrefixFrom(n.Addr, l.subnet.Bits())
	list := []action{
		// Ports are nobody's privilege where all are the run's (ip-sysctl.rst).
		{text: "ipv4/ip_unprivileged_port_start = 0", do: func() error { return sysctl("ipv4/ip_unprivileged_port_start", "0") }},
		withoutIPv6(inner, innerIndex),
		// Nobody is reached directly, whatever the subnet says.
		{text: fmt.Sprintf("addr add %s dev %s noprefixroute", own, inner), msg: addAddr(innerIndex, own, unix.IFA_F_NOPREFIXROUTE)},
		{text: "link set " + inner + " up", msg: up(innerIndex)},
		{text: fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.gateway, mac(l.router), inner), msg: neighbour(innerIndex, l.gateway, mac(l.router))},
		{text: fmt.Sprintf("route add %s dev %s src %s", l.gateway, inner, n.Addr),
			msg: route{dst: netip.PrefixFrom(l.gateway, 32), src: n.Addr}.message(innerIndex, create)},
		{text: fmt.Sprintf("route add default via %s dev %s src %s", l.gateway, inner, n.Addr),
			msg: route{gw: l.gateway, src: n.Addr}.message(innerIndex, create)},
	}
	return append(list, limitRate(n.run, inner, innerIndex, n.Bridge.Rate)...)
}
