package network

import (
	"errors"
	"fmt"
	"net"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Join connects the run whose network namespace that is, and takes the
// descriptor over: with it, the counters outlive the run's processes.
func (n *Network) Join(ns int) error {
	n.run = ns
	<-n.linked
	if n.hub.bridge == 0 {
		return n.wait() // there is none
	}
	if err := n.plug(ns); err != nil {
		return err
	}
	if err := in(joined(ns), n.inside); err != nil {
		return err
	}
	if err := n.wait(); err != nil {
		return err
	}
	n.public.start()
	return nil
}

// wait waits until the hub is made.
func (n *Network) wait() error {
	if n.ready == nil {
		return nil
	}
	err := <-n.ready
	n.ready = nil
	return err
}

// plug adds a port to the bridge, and the run's rules.
func (n *Network) plug(ns int) error {
	if err := doAll("in the hub", n.portActions(n.hub.rt, ns)); err != nil {
		return err
	}
	if n.created { // they came with the hub's
		return nil
	}
	return n.addRules()
}

func (n *Network) portActions(rt *netlink.Handle, ns int) []action {
	d, hw := &device{rt: rt, name: n.m.port}, mac(n.Addr)
	list := []action{
		{fmt.Sprintf("link add %s up master %s type veth peer name %s address %s, in the run", n.m.port, n.Bridge.Name, inner, hw), func() error {
			attrs := netlink.NewLinkAttrs()
			attrs.Name, attrs.MasterIndex, attrs.Flags = n.m.port, n.hub.bridge, net.FlagUp
			veth := oneQueue(attrs)
			veth.PeerName, veth.PeerNamespace, veth.PeerHardwareAddr = inner, netlink.NsFd(ns), hw
			return full(rt.LinkAdd(veth))
		}},
		d.on("link set "+n.m.port+" type bridge_slave isolated on", func(l netlink.Link) error {
			n.port = l.Attrs().Index
			return rt.LinkSetIsolated(l, true)
		}),
		d.on("link set "+n.m.port+" type bridge_slave learning off", func(l netlink.Link) error { return rt.LinkSetLearning(l, false) }),
		d.on("link set "+n.m.port+" type bridge_slave flood off", func(l netlink.Link) error { return rt.LinkSetFlood(l, false) }),
		d.neighbour(netlink.Neigh{Family: unix.AF_BRIDGE, Flags: netlink.NTF_MASTER, State: netlink.NUD_NOARP, HardwareAddr: hw},
			fmt.Sprintf("bridge fdb replace %s dev %s master static", hw, n.m.port)),
		{fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", n.Addr, hw, n.Bridge.Name), func() error {
			return rt.NeighSet(&netlink.Neigh{LinkIndex: n.hub.bridge, State: netlink.NUD_PERMANENT, IP: n.Addr.AsSlice(), HardwareAddr: hw})
		}},
	}
	return append(list, limitRate(d, n.Bridge.Rate)...)
}

// full says why a bridge takes no more ports (BR_MAX_PORTS, net/bridge/br_private.h).
func full(err error) error {
	if errors.Is(err, unix.EXFULL) {
		return fmt.Errorf("%w: a bridge has 1023 ports; give network.bridge.name another name for some of the runs", err)
	}
	return err
}

// A runChain is one of the run's own, and the map that leads to it.
type runChain struct {
	name, verdicts string
	rules          []rule
}

func (n *Network) chains() []runChain {
	return []runChain{{n.m.from, "from", n.m.fromRules()}, {n.m.to, "to", n.m.toRules()}}
}

// addRules adds what concerns this run alone, at once.
func (n *Network) addRules() error {
	c := n.hub.nft
	if !n.created {
		if err := n.leaveGroups(); err != nil {
			return err
		}
	}
	t := routedTable()
	for i, g := range n.m.groups {
		s := groupSet(g, uint32(i+1))
		if err := c.AddSet(s, nil); err != nil {
			return fmt.Errorf("add the set of the group %s: %w", g, err)
		}
		if err := c.SetAddElements(s, []nftables.SetElement{{Key: n.Addr.AsSlice()}}); err != nil {
			return fmt.Errorf("add %s to the group %s: %w", n.Addr, g, err)
		}
	}
	for _, chain := range n.chains() {
		ch := c.AddChain(&nftables.Chain{Name: chain.name, Table: t})
		c.FlushChain(ch) // of a run that had the address before
		for _, r := range chain.rules {
			c.AddRule(&nftables.Rule{Table: t, Chain: ch, Exprs: r.exprs()})
		}
		jump := nftables.SetElement{Key: n.Addr.AsSlice(), VerdictData: &expr.Verdict{Kind: expr.VerdictJump, Chain: chain.name}}
		if err := c.SetAddElements(verdicts(chain.verdicts), []nftables.SetElement{jump}); err != nil {
			return fmt.Errorf("add %s to the map %s: %w", n.Addr, chain.verdicts, err)
		}
	}
	if err := c.SetAddElements(portsSet(), []nftables.SetElement{{Key: portKey(n.m.port, n.Addr)}}); err != nil {
		return fmt.Errorf("add %s to the known ports: %w", n.m.port, err)
	}
	if err := c.Flush(); err != nil {
		return missing(fmt.Errorf("add the rules of %s: %w", n.Addr, err))
	}
	return nil
}
