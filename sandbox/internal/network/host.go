package network

import (
	"encoding/binary"
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
	defer rt.close()
	nets, err := hostNets(rt)
	if err != nil {
		return layout{}, err
	}
	for _, r := range l.those(anybody) { // of other bridges
		nets = append(nets, hostNet{r.layout().subnet, 0})
	}
	gateway, _ := netip.ParseAddr(b.Gateway) // "" is none; else the policy is checked
	if b.Subnet != "" {
		subnet := netip.MustParsePrefix(b.Subnet)
		other, bad, err := usedBy(subnet, nets, rt.isUplink)
		if bad {
			return layout{}, &Unfit{What: fmt.Sprintf("network.bridge.subnet = %q: this host uses %s already", b.Subnet, other),
				Hint: "name another subnet, or none: judge then takes one that is free"}
		}
		return newLayout(subnet, gateway), err
	}
	for _, subnet := range usual() {
		if gateway.IsValid() && !subnet.Contains(gateway) {
			continue
		}
		if _, bad, err := usedBy(subnet, nets, rt.isUplink); !bad {
			return newLayout(subnet, gateway), err
		}
	}
	return layout{}, &Unfit{What: "this host uses all subnets that judge would take: 10.200.0.0/16 to 10.254.0.0/16, 192.168.200.0/24 to 192.168.254.0/24",
		Hint: "name one that is free as network.bridge.subnet"}
}

// isUplink says whether an interface is the host's end of one; one that is gone is as good.
func (w *wire) isUplink(index int) (bool, error) {
	answer, err := w.ask(message{unix.RTM_GETLINK, 0, ifinfo(unix.AF_UNSPEC, index, 0)})
	if errors.Is(err, unix.ENODEV) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the interface %d of the host: %w", index, err)
	}
	return unix.ByteSliceToString(field(answer, unix.SizeofIfInfomsg, unix.IFLA_IFALIAS)) == alias, nil
}

// hostNets are the networks that the host has addresses in or routes to, the
// way to everywhere else not counted.
func hostNets(rt *wire) (nets []hostNet, err error) {
	add := func(data []byte, bits byte, index uint32) {
		if a, ok := netip.AddrFromSlice(data); ok && a.Is4() && bits > 0 && bits <= 32 {
			nets = append(nets, hostNet{netip.PrefixFrom(a, int(bits)).Masked(), int(index)})
		}
	}
	// struct ifaddrmsg begins with family and bits, and ends with the index.
	if err := rt.list(message{unix.RTM_GETADDR, 0, []byte{unix.AF_INET, 0, 0, 0, 0, 0, 0, 0}}, func(body []byte) {
		for kind, data := range attrs(body, unix.SizeofIfAddrmsg) {
			if kind == unix.IFA_ADDRESS || kind == unix.IFA_LOCAL {
				add(data, body[1], binary.NativeEndian.Uint32(body[4:]))
			}
		}
	}); err != nil {
		return nil, fmt.Errorf("list the host's addresses: %w", err)
	}
	// struct rtmsg begins with family and bits; its fifth byte is the table, where that has a byte.
	if err := rt.list(message{unix.RTM_GETROUTE, 0, []byte{unix.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, func(body []byte) {
		var dst []byte
		var index uint32
		for kind, data := range attrs(body, unix.SizeofRtMsg) {
			switch {
			case kind == unix.RTA_DST:
				dst = data
			case kind == unix.RTA_OIF && len(data) >= 4:
				index = binary.NativeEndian.Uint32(data)
			}
		}
		if len(body) >= unix.SizeofRtMsg && body[4] != unix.RT_TABLE_LOCAL {
			add(dst, body[1], index)
		}
	}); err != nil {
		return nil, fmt.Errorf("list the host's routes: %w", err)
	}
	return nets, nil
}

// moveAside renames what is left of a hub that the kernel is taking down, which
// takes it some milliseconds. An interface of that name that is not judge's is in the way.
func moveAside(host int, name string) error {
	return in(joined(host), func() error {
		rt, err := library()
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
	defer rt.close()
	index, err := rt.index(name)
	if err != nil {
		return fmt.Errorf("on the host: %w", err)
	}
	return doAll("on the host", rt, hostActions(index, l, name))
}

func hostActions(index int, l layout, name string) []action {
	return []action{
		{text: fmt.Sprintf("link set %s alias %q", name, alias), msg: set(index, attr(unix.IFLA_IFALIAS, []byte(alias)))},
		{text: fmt.Sprintf("link set %s group %#x", name, linkGroup), msg: set(index, attr(unix.IFLA_GROUP, native(linkGroup)))},
		withoutIPv6(name, index),
		{text: fmt.Sprintf("addr add %s/32 dev %s", l.gateway, name), msg: addAddr(index, netip.PrefixFrom(l.gateway, 32), 0)},
		{text: "link set " + name + " up", msg: up(index)},
		{text: fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.router, mac(l.router), name), msg: neighbour(index, l.router, mac(l.router))},
		// In the place of that of a hub that is going, if there is one.
		{text: fmt.Sprintf("route replace %s via %s dev %s src %s onlink", l.subnet, l.router, name, l.gateway),
			msg: route{dst: l.subnet, gw: l.router, src: l.gateway, onlink: true}.message(index, replace)},
	}
}
