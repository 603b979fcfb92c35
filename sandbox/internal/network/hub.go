package network

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A hub is the namespace with the bridge, and sockets in it.
type hub struct {
	fd     int
	rt     *wire
	nft    *wire
	bridge int // index
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
		if h.bridge, err = h.rt.index(bridge); err != nil {
			return fmt.Errorf("in its hub: %w", err)
		}
		return nil
	})
}

// sockets are opened by a thread in the hub, and stay there.
func (h *hub) sockets() (err error) {
	if h.rt, err = routeSocket(); err != nil {
		return fmt.Errorf("in the hub: %w", err)
	}
	h.nft, err = rulesSocket()
	return err
}

func (h *hub) close() {
	if h.rt != nil {
		h.rt.close()
	}
	if h.nft != nil {
		h.nft.close()
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
		list = append(list, action{text: s[0] + " = " + s[1], do: func() error { return sysctl(s[0], s[1]) }})
	}
	return list
}

// finish gives it the way to the host. Its rules come with the first run's.
func (h *hub) finish(l layout, bridge string) error {
	if err := hostEnd(l, bridge); err != nil {
		return err
	}
	return doAll("in the hub", h.rt, h.routes(l, bridge))
}

// Indices of interfaces in the hub, so that nobody has to ask for them: above those that the
// kernel gives out. A run's port has one of its own, as its name is (rtnetlink(7), RTM_NEWLINK).
const (
	bridgeIndex = 1 << 20
	uplinkIndex = bridgeIndex + 1
	portIndex   = 1 << 24 // and more
)

// links makes uplink and bridge.
func (h *hub) links(l layout, bridge string, host int) []action {
	pair := newPair(end{uplink, uplinkIndex, mac(l.router)}, 0, end{bridge, 0, mac(l.gateway)}, host)
	return []action{
		{text: fmt.Sprintf("link add %s address %s up type veth peer name %s address %s, on the host", uplink, mac(l.router), bridge, mac(l.gateway)), do: func() error {
			err := h.rt.one(pair)
			if err == unix.EEXIST {
				if err = moveAside(host, bridge); err != nil {
					return err
				}
				err = h.rt.one(pair)
			}
			return unsupported("pairs of interfaces: CONFIG_VETH, module veth")(err)
		}},
		{text: fmt.Sprintf("link add %s address %s up type bridge mcast_snooping 0", bridge, mac(l.router)),
			msg: newBridge(end{bridge, bridgeIndex, mac(l.router)}), why: unsupported("bridges: CONFIG_BRIDGE, module bridge")},
	}
}

// unsupported is how the kernel says that it has no such type of interface.
func unsupported(what string) func(error) error {
	return func(err error) error {
		if errors.Is(err, unix.EOPNOTSUPP) {
			return &Unfit{What: "this kernel has no " + what, Err: err, Hint: "load or build it, or leave --net bridge out"}
		}
		return err
	}
}

// routes are the hub's own.
func (h *hub) routes(l layout, bridge string) []action {
	own := netip.PrefixFrom(l.router, l.subnet.Bits())
	return []action{
		{text: fmt.Sprintf("addr add %s dev %s", own, bridge), msg: addAddr(bridgeIndex, own, 0)},
		{text: fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", l.gateway, mac(l.gateway), uplink), msg: neighbour(uplinkIndex, l.gateway, mac(l.gateway))},
		{text: fmt.Sprintf("route add %s dev %s", l.gateway, uplink), msg: route{dst: netip.PrefixFrom(l.gateway, 32)}.message(uplinkIndex, create)},
		{text: fmt.Sprintf("route add default via %s dev %s onlink", l.gateway, uplink), msg: route{gw: l.gateway, onlink: true}.message(uplinkIndex, create)},
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

func addHubRules(r *ruleset, bridge string) {
	r.addTable(portsTable())
	r.addTable(routedTable())
	for _, s := range []*nftables.Set{portsSet(), verdicts("from"), verdicts("to")} {
		r.addSet(s)
	}
	for _, ch := range hubChains(bridge) {
		r.addBase(ch.table, ch.name, nftables.ChainTypeFilter, ch.hook, nftables.ChainPriorityFilter, nftables.ChainPolicyDrop)
		for _, one := range ch.rules {
			r.addRule(ch.table, ch.name, one)
		}
	}
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
