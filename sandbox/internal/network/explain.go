package network

import (
	"fmt"
	"net/netip"
)

// Preview is the network of a run that is the first on its bridge, on a host
// that uses none of the subnet: nothing is reserved, and nothing is to be closed.
func Preview(c Config) *Network {
	n := newNetwork(c)
	n.created = true
	subnet := usual()[0]
	if p, err := netip.ParsePrefix(c.Bridge.Subnet); err == nil {
		subnet = p
	}
	gateway, _ := netip.ParseAddr(c.Bridge.Gateway)
	n.layout = newLayout(subnet, gateway)
	n.Addr = c.IP.Addr()
	if !c.IP.IsValid() || n.layout.fits(n.Addr) != "" {
		n.Addr, _ = n.layout.pick(c.Slot, func(netip.Addr) bool { return false })
	}
	_ = n.describe(1) // the host's addresses are missing then
	return n
}

// Explain gives what is done, a line an action: in the hub, if there is none yet, and for the run.
func (n *Network) Explain() []string {
	lines := texts("hub", hubSettings())
	lines = append(lines, texts("hub", n.hub.links(n.layout, n.Bridge.Name, -1))...)
	lines = append(lines, texts("host", hostActions(0, n.layout, n.Bridge.Name))...)
	lines = append(lines, texts("hub", n.hub.routes(n.layout, n.Bridge.Name))...)
	for _, ch := range hubChains(n.Bridge.Name) {
		family := "ip"
		if ch.table.Family != routedTable().Family {
			family = "bridge"
		}
		head := fmt.Sprintf("%s %s %s", family, ch.table.Name, ch.name)
		lines = append(lines, "hub: add chain "+head+" { policy drop; }")
		for _, r := range ch.rules {
			lines = append(lines, "hub: add rule "+head+" "+r.String())
		}
	}
	lines = append(lines, texts("hub", n.portActions(-1))...)
	lines = append(lines, fmt.Sprintf("hub: add element bridge judge ports { %q . %s . %s }", n.m.port, mac(n.Addr), n.Addr))
	for _, g := range n.m.groups {
		lines = append(lines, fmt.Sprintf("hub: add element ip judge %s { %s }", groupName(g), n.Addr))
	}
	for _, ch := range n.chains() {
		for _, r := range ch.rules {
			lines = append(lines, "hub: add rule ip judge "+ch.name+" "+r.String())
		}
		lines = append(lines, fmt.Sprintf("hub: add element ip judge %s { %s : jump %s }", ch.verdicts, n.Addr, ch.name))
	}
	if n.m.outside {
		o := opening{subnets: []netip.Prefix{n.layout.subnet}, gateways: []netip.Addr{n.layout.gateway}, allowed: n.m.named()}
		for _, ch := range o.chains() {
			for _, r := range ch.rules {
				lines = append(lines, "host: add rule ip judge "+ch.name+" "+r.String())
			}
		}
	}
	for _, p := range n.Publish {
		lines = append(lines, fmt.Sprintf("host: listen on %s for %s:%d", p.Host, n.Addr, p.Port))
	}
	return append(lines, texts("run", n.insideActions())...)
}
