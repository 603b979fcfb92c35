package network

import (
	"fmt"

	"github.com/vishvananda/netlink"
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
	defer rt.Close()
	return doAll("in the run", n.insideActions(rt))
}

func (n *Network) insideActions(rt *netlink.Handle) []action {
	d, l := &device{rt: rt, name: inner}, n.layout
	own := *ipNet(l.subnet)
	own.IP = n.Addr.AsSlice()
	list := []action{
		// Ports are nobody's privilege where all are the run's (ip-sysctl.rst).
		{"ipv4/ip_unprivileged_port_start = 0", func() error { return sysctl("ipv4/ip_unprivileged_port_start", "0") }},
		d.withoutIPv6(),
		// Nobody is reached directly, whatever the subnet says.
		d.on(fmt.Sprintf("addr add %s dev %s noprefixroute", &own, inner), func(l netlink.Link) error {
			return rt.AddrAdd(l, &netlink.Addr{IPNet: &own, Flags: unix.IFA_F_NOPREFIXROUTE})
		}),
		d.up(),
		d.neighbour(netlink.Neigh{State: netlink.NUD_PERMANENT, IP: l.gateway.AsSlice(), HardwareAddr: mac(l.router)},
			fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.gateway, mac(l.router), inner)),
		d.on(fmt.Sprintf("route add %s dev %s src %s", l.gateway, inner, n.Addr), func(link netlink.Link) error {
			return rt.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: only(l.gateway), Src: n.Addr.AsSlice()})
		}),
		d.on(fmt.Sprintf("route add default via %s dev %s src %s", l.gateway, inner, n.Addr), func(link netlink.Link) error {
			return rt.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: l.gateway.AsSlice(), Src: n.Addr.AsSlice()})
		}),
	}
	return append(list, limitRate(d, n.Bridge.Rate)...)
}
