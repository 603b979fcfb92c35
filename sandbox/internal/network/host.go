package network

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"judge/policy"
)

// alias marks the host's end of an uplink as judge's.
const alias = "judge: the way to its runs"

// chooseLayout finds a subnet for a new hub: the policy's, or the first usual
// one that the host does not use.
func chooseLayout(b policy.Bridge, l *ledger) (layout, error) {
	rt, err := routeSocket()
	if err != nil {
		return layout{}, err
	}
	defer rt.Close()
	used, err := hostNets(rt)
	if err != nil {
		return layout{}, err
	}
	for _, r := range l.those(anybody) { // of other bridges
		used = append(used, r.layout().subnet)
	}
	gateway, _ := netip.ParseAddr(b.Gateway) // "" is none; else the policy is checked
	if b.Subnet != "" {
		subnet := netip.MustParsePrefix(b.Subnet)
		if other, bad := overlaps(subnet, used); bad {
			return layout{}, &Unfit{What: fmt.Sprintf("network.bridge.subnet = %q: this host uses %s already", b.Subnet, other),
				Hint: "name another subnet, or none: judge then takes one that is free"}
		}
		return newLayout(subnet, gateway), nil
	}
	for _, subnet := range usual() {
		if gateway.IsValid() && !subnet.Contains(gateway) {
			continue
		}
		if _, bad := overlaps(subnet, used); !bad {
			return newLayout(subnet, gateway), nil
		}
	}
	return layout{}, &Unfit{What: "this host uses all subnets that judge would take: 10.200.0.0/16 to 10.254.0.0/16, 192.168.200.0/24 to 192.168.254.0/24",
		Hint: "name one that is free as network.bridge.subnet"}
}

// hostNets are the networks that the host has addresses in or routes to, the
// way to everywhere else not counted, nor what is left of a hub that is going.
func hostNets(rt *netlink.Handle) ([]netip.Prefix, error) {
	links, err := whole(rt.LinkList)
	if err != nil {
		return nil, fmt.Errorf("list the host's interfaces: %w", err)
	}
	mine := map[int]bool{}
	for _, l := range links {
		mine[l.Attrs().Index] = l.Attrs().Alias == alias
	}
	var nets []netip.Prefix
	add := func(index int, n netip.Prefix) {
		if !mine[index] && n.Bits() > 0 {
			nets = append(nets, n.Masked())
		}
	}
	addrs, err := whole(func() ([]netlink.Addr, error) { return rt.AddrList(nil, unix.AF_INET) })
	if err != nil {
		return nil, fmt.Errorf("list the host's addresses: %w", err)
	}
	for _, a := range addrs {
		if p, ok := prefixOf(a.IPNet.IP, a.IPNet.Mask); ok {
			add(a.LinkIndex, p)
		}
	}
	routes, err := whole(func() ([]netlink.Route, error) {
		return rt.RouteListFiltered(unix.AF_INET, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	})
	if err != nil {
		return nil, fmt.Errorf("list the host's routes: %w", err)
	}
	for _, r := range routes {
		if r.Dst == nil || r.Table == unix.RT_TABLE_LOCAL {
			continue
		}
		if p, ok := prefixOf(r.Dst.IP, r.Dst.Mask); ok {
			add(r.LinkIndex, p)
		}
	}
	return nets, nil
}

func prefixOf(ip, mask []byte) (netip.Prefix, bool) {
	a, ok := netip.AddrFromSlice(ip)
	ones := 0
	for _, b := range mask[max(0, len(mask)-4):] {
		for ; b&0x80 != 0; b <<= 1 {
			ones++
		}
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, ones), ok && a.Is4()
}

// moveAside renames what is left of a hub that the kernel is taking down, which
// takes it some milliseconds. An interface of that name that is not judge's is in the way.
func moveAside(host int, name string) error {
	return in(joined(host), func() error {
		rt, err := routeSocket()
		if err != nil {
			return err
		}
		defer rt.Close()
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			link, err := rt.LinkByName(name)
			if errors.As(err, new(netlink.LinkNotFoundError)) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("look at the interface %s: %w", name, err)
			}
			if link.Attrs().Alias != alias {
				return &Unfit{What: fmt.Sprintf("network.bridge.name = %q: this host has an interface of that name, and it is not judge's", name),
					Hint: "name another one in the policy"}
			}
			err = rt.LinkSetName(link, fmt.Sprintf("gone%d", link.Attrs().Index))
			if err == nil || errors.Is(err, unix.ENODEV) {
				return nil
			}
			// Before Linux 6.2 the name of an interface that is up cannot change (EBUSY).
			if !errors.Is(err, unix.EBUSY) || time.Now().After(end) {
				return fmt.Errorf("move the interface %s of an ended run aside: %w", name, err)
			}
		}
	})
}

// hostEnd gives the host its address and the route to the runs.
func hostEnd(l layout, name string) error {
	rt, err := routeSocket()
	if err != nil {
		return err
	}
	defer rt.Close()
	return doAll("on the host", hostActions(rt, l, name))
}

func hostActions(rt *netlink.Handle, l layout, name string) []action {
	d := &device{rt: rt, name: name}
	return []action{
		d.on(fmt.Sprintf("link set %s alias %q", name, alias), func(link netlink.Link) error { return rt.LinkSetAlias(link, alias) }),
		d.on(fmt.Sprintf("link set %s group %#x", name, linkGroup), func(link netlink.Link) error { return rt.LinkSetGroup(link, linkGroup) }),
		d.withoutIPv6(),
		d.on(fmt.Sprintf("addr add %s/32 dev %s", l.gateway, name), func(link netlink.Link) error {
			return rt.AddrAdd(link, &netlink.Addr{IPNet: only(l.gateway)})
		}),
		d.up(),
		d.neighbour(netlink.Neigh{State: netlink.NUD_PERMANENT, IP: l.router.AsSlice(), HardwareAddr: mac(l.router)},
			fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.router, mac(l.router), name)),
		// In the place of that of a hub that is going, if there is one.
		d.on(fmt.Sprintf("route replace %s via %s dev %s src %s onlink", l.subnet, l.router, name, l.gateway), func(link netlink.Link) error {
			return rt.RouteReplace(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: ipNet(l.subnet), Gw: l.router.AsSlice(),
				Src: l.gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK)})
		}),
	}
}
