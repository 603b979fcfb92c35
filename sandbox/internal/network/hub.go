package network

import (
	"errors"
	"fmt"
	"net"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	mdl "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A hub is the namespace with the bridge, and sockets in it.
type hub struct {
	fd     int
	rt     *netlink.Handle
	nft    *nftables.Conn
	ask    *mdl.Conn // for single questions to nftables; of a hub that was there already
	bridge int       // index
}

func noHub() hub { return hub{fd: -1} }

// open takes a descriptor over.
func (h *hub) open(fd int, bridge string) error {
	h.fd = fd
	return in(joined(fd), func() error {
		if err := h.sockets(); err != nil {
			return err
		}
		var err error
		if h.ask, err = mdl.Dial(unix.NETLINK_NETFILTER, nil); err != nil {
			return fmt.Errorf("open a netlink socket for nftables: %w", err)
		}
		b, err := h.rt.LinkByName(bridge)
		if err != nil {
			return fmt.Errorf("find the bridge %s in its hub: %w", bridge, err)
		}
		h.bridge = b.Attrs().Index
		return nil
	})
}

// sockets are opened by a thread in the hub, and stay there.
func (h *hub) sockets() (err error) {
	if h.rt, err = routeSocket(); err != nil {
		return fmt.Errorf("in the hub: %w", err)
	}
	if h.nft, err = nftables.New(nftables.AsLasting()); err != nil {
		return missing(fmt.Errorf("open a netlink socket for nftables: %w", err))
	}
	return nil
}

func (h *hub) close() {
	if h.rt != nil {
		h.rt.Close()
	}
	if h.nft != nil {
		h.nft.CloseLasting() // nothing was written that is not answered
	}
	if h.ask != nil {
		h.ask.Close()
	}
	if h.fd >= 0 {
		unix.Close(h.fd)
	}
	*h = noHub()
}

// hubSettings: the hub forwards, and says nothing that nobody asked.
func hubSettings() []action {
	var list []action
	for _, s := range [...][2]string{
		{"ipv4/ip_forward", "1"},
		{"ipv4/conf/all/send_redirects", "0"}, // what comes from the bridge goes back there
		{"ipv4/conf/default/send_redirects", "0"},
		{"ipv4/conf/default/rp_filter", "1"},
		{"ipv6/conf/all/disable_ipv6", "1"},
		{"ipv6/conf/default/disable_ipv6", "1"},
		{"bridge/bridge-nf-call-iptables", "0"}, // what is bridged is seen by the table of the bridge
	} {
		list = append(list, action{s[0] + " = " + s[1], func() error { return sysctl(s[0], s[1]) }})
	}
	return list
}

// begin makes the hub with its bridge: the first run can be plugged in then.
func (h *hub) begin(l layout, bridge string) error {
	host, err := openNS(here)
	if err != nil {
		return err
	}
	defer unix.Close(host)
	if err := in(fresh, func() error {
		if h.fd, err = openNS(here); err != nil {
			return err
		}
		if err := doAll("in the hub", hubSettings()); err != nil {
			return err
		}
		if err := h.sockets(); err != nil {
			return err
		}
		return doAll("in the hub", h.links(l, bridge, host))
	}); err != nil {
		return err
	}
	b, err := h.rt.LinkByName(bridge)
	if err != nil {
		return fmt.Errorf("find the bridge %s in its hub: %w", bridge, err)
	}
	h.bridge = b.Attrs().Index
	return nil
}

// finish gives it the way to the host. Its rules come with the first run's, by one flush.
func (h *hub) finish(l layout, bridge string) error {
	if err := hostEnd(l, bridge); err != nil {
		return err
	}
	if err := doAll("in the hub", h.routes(l, bridge)); err != nil {
		return err
	}
	return h.rules(bridge)
}

// links makes uplink and bridge.
func (h *hub) links(l layout, bridge string, host int) []action {
	return []action{
		{fmt.Sprintf("link add %s address %s up type veth peer name %s address %s, on the host", uplink, mac(l.router), bridge, mac(l.gateway)), func() error {
			attrs := netlink.NewLinkAttrs()
			attrs.Name, attrs.HardwareAddr, attrs.Flags = uplink, mac(l.router), net.FlagUp
			up := oneQueue(attrs)
			up.PeerName, up.PeerNamespace, up.PeerHardwareAddr = bridge, netlink.NsFd(host), mac(l.gateway)
			err := h.rt.LinkAdd(up)
			if errors.Is(err, unix.EEXIST) {
				if err = moveAside(host, bridge); err != nil {
					return err
				}
				err = h.rt.LinkAdd(up)
			}
			return unsupported(err, "pairs of interfaces: CONFIG_VETH, module veth")
		}},
		{fmt.Sprintf("link add %s address %s up type bridge mcast_snooping 0", bridge, mac(l.router)), func() error {
			attrs := netlink.NewLinkAttrs()
			attrs.Name, attrs.HardwareAddr, attrs.Flags = bridge, mac(l.router), net.FlagUp
			snoop := false
			return unsupported(h.rt.LinkAdd(&netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snoop}), "bridges: CONFIG_BRIDGE, module bridge")
		}},
	}
}

// oneQueue is a pair of interfaces with one queue each way, and not one for each
// processor: they are what takes the time to make.
func oneQueue(attrs netlink.LinkAttrs) *netlink.Veth {
	attrs.NumTxQueues, attrs.NumRxQueues = 1, 1
	v := netlink.NewVeth(attrs)
	v.PeerNumTxQueues, v.PeerNumRxQueues = 1, 1
	return v
}

// unsupported is how the kernel says that it has no such type of interface.
func unsupported(err error, what string) error {
	if errors.Is(err, unix.EOPNOTSUPP) {
		return &Unfit{What: "this kernel has no " + what, Err: err, Hint: "load or build it, or leave --net bridge out"}
	}
	return err
}

// routes are the hub's own.
func (h *hub) routes(l layout, bridge string) []action {
	up, br := &device{rt: h.rt, name: uplink}, &device{rt: h.rt, name: bridge}
	own := *ipNet(l.subnet)
	own.IP = l.router.AsSlice()
	return []action{
		br.on(fmt.Sprintf("addr add %s dev %s", &own, bridge), func(link netlink.Link) error {
			return h.rt.AddrAdd(link, &netlink.Addr{IPNet: &own})
		}),
		up.neighbour(netlink.Neigh{State: netlink.NUD_PERMANENT, IP: l.gateway.AsSlice(), HardwareAddr: mac(l.gateway)},
			fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.gateway, mac(l.gateway), uplink)),
		up.on(fmt.Sprintf("route add %s dev %s", l.gateway, uplink), func(link netlink.Link) error {
			return h.rt.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: only(l.gateway)})
		}),
		up.on(fmt.Sprintf("route add default via %s dev %s onlink", l.gateway, uplink), func(link netlink.Link) error {
			return h.rt.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: l.gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK)})
		}),
	}
}

// hubChains are the chains that all runs of a hub share, with their rules.
func hubChains(bridge string) []hubChain {
	return []hubChain{
		{table: portsTable(), name: "ports", hook: nftables.ChainHookPrerouting, rules: []rule{{knownPort(), accept()}}},
		{table: routedTable(), name: "input", hook: nftables.ChainHookInput},
		{table: routedTable(), name: "forward", hook: nftables.ChainHookForward, rules: []rule{
			{ctState(expr.CtStateBitINVALID, "invalid"), drop()},
			{iif(bridge), verdictOf(offSource, "from")},
			{iif(uplink), oif(bridge), verdictOf(offDest, "to")},
		}},
	}
}

// A hubChain drops what no rule accepts.
type hubChain struct {
	table *nftables.Table
	name  string
	hook  *nftables.ChainHook
	rules []rule
}

func (h *hub) rules(bridge string) error {
	c := h.nft
	c.AddTable(portsTable())
	c.AddTable(routedTable())
	for _, s := range []*nftables.Set{portsSet(), verdicts("from"), verdicts("to")} {
		if err := c.AddSet(s, nil); err != nil {
			return fmt.Errorf("add the set %s: %w", s.Name, err)
		}
	}
	deny := nftables.ChainPolicyDrop
	for _, ch := range hubChains(bridge) {
		chain := c.AddChain(&nftables.Chain{Name: ch.name, Table: ch.table, Type: nftables.ChainTypeFilter,
			Hooknum: ch.hook, Priority: nftables.ChainPriorityFilter, Policy: &deny})
		for _, r := range ch.rules {
			c.AddRule(&nftables.Rule{Table: ch.table, Chain: chain, Exprs: r.exprs()})
		}
	}
	return nil
}

// missing tells a kernel without what the rules need from other troubles.
func missing(err error) error {
	for _, e := range []unix.Errno{unix.EPROTONOSUPPORT, unix.EOPNOTSUPP, unix.EAFNOSUPPORT, unix.ENOENT, unix.ENOPROTOOPT} {
		if errors.Is(err, e) {
			return &Unfit{What: "this kernel's nftables lacks what a bridged run needs", Err: err,
				Hint: "load or build nf_tables with the families ip and bridge, and nft_ct, nft_reject_ipv4 (CONFIG_NF_TABLES, NF_TABLES_BRIDGE, NFT_CT, NFT_REJECT_IPV4), or leave --net bridge out"}
		}
	}
	return err
}
