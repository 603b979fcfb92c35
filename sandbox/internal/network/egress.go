package network

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// A run as its rules know it.
type member struct {
	addr   netip.Addr
	seq    uint32 // of the run in its hub, never the same twice
	port   string // its interface in the hub
	index  int    // of that
	bridge string
	from   string // names of its chains
	to     string
	groups []string

	gateway    netip.Addr
	hostAccess bool
	outside    bool // some of the world beyond the host is open
	allow      []policy.Egress
	host       []netip.Addr // the host's own addresses, which are no part of the world
}

// nowhere are networks that no run reaches but by a rule that names them: this
// network, loopback, link-local (the metadata service of clouds, 169.254.169.254,
// is there), multicast, reserved (RFC 6890).
func nowhere() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// fromRules say what a run may send. Each packet is judged by them, not only
// the first of a connection: what an earlier run of the same address began
// opens nothing.
func (m *member) fromRules() []rule {
	var list []rule
	for _, g := range m.groups {
		list = append(list, rule{oif(m.bridge), inSet(offDest, groupName(g)), accept()})
	}
	list = append(list, rule{oif(uplink), established(), reply(), marked(m.seq), accept()})
	if m.hostAccess {
		list = append(list, rule{oif(uplink), is(offDest, m.gateway), mark(m.seq), accept()})
	}
	for _, e := range m.allow {
		list = append(list, append(append(rule{oif(uplink)}, egress(e)...), mark(m.seq), accept()))
	}
	refuse := []rule{{counter()}, {l4proto("tcp", unix.IPPROTO_TCP), reset()}, {filtered()}}
	if !m.outside || len(m.allow) > 0 {
		return append(list, refuse...)
	}
	// Everything but these: they go on to the refusal.
	open := rule{oif(uplink)}
	for _, p := range nowhere() {
		open = append(open, not(within(offDest, p)))
	}
	for _, a := range append([]netip.Addr{m.gateway}, m.host...) {
		open = append(open, not(is(offDest, a)))
	}
	list = append(list, append(open, mark(m.seq), accept()))
	return append(list, refuse...)
}

// toRules say what comes to a run from the host or beyond: connections that the
// host begins, and answers.
func (m *member) toRules() []rule {
	return []rule{
		{is(offSource, m.gateway), ctState(ctNew, "new"), mark(m.seq), accept()},
		{established(), marked(m.seq), accept()},
		{drop()},
	}
}

// egress is one destination that the policy allows.
func egress(e policy.Egress) rule {
	r := rule{within(offDest, e.Net)}
	switch e.Proto {
	case "tcp":
		r = append(r, l4proto("tcp", unix.IPPROTO_TCP))
	case "udp":
		r = append(r, l4proto("udp", unix.IPPROTO_UDP))
	case "icmp":
		return append(r, l4proto("icmp", unix.IPPROTO_ICMP))
	}
	if e.Low == 0 && e.High == 0 {
		return r
	}
	return append(r, dport(e.Low, e.High))
}
