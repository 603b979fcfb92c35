package network

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// A Trial is something that networks of runs are made of, and what came of an attempt at it.
type Trial struct {
	Part string
	Err  error
}

// Parts that [Try] tries.
const (
	PartNamespace = "network namespace"
	PartSettings  = "network settings"
	PartVeth      = "veth"
	PartBridge    = "bridge"
	PartNftables  = "nftables"
	PartNAT       = "nat"
	PartRate      = "rate"
)

// Try makes each part by itself, as a run's network has it, in two namespaces of its
// own, of which one stands for the host. Nothing is left of them when it returns. The
// kernel may load modules for it, as for a run.
func Try() []Trial {
	var list []Trial
	try := func(part string, err error) { list = append(list, Trial{part, err}) }
	h := noHub()
	defer h.close()
	err := in(fresh, func() error {
		host, err := openNS(here)
		if err != nil {
			return err
		}
		defer unix.Close(host)
		l := newLayout(usual()[0], netip.Addr{})
		try(PartNAT, tryOpening(l)) // the one part that is the host's
		return in(fresh, func() error { h.try(l, host, try); return nil })
	})
	return append([]Trial{{PartNamespace, err}}, list...)
}

// tryOpening is the host's table, in the calling thread's namespace.
func tryOpening(l layout) error {
	return opening{subnets: []netip.Prefix{l.subnet}, gateways: []netip.Addr{l.gateway}}.apply()
}

// try is for a thread in the namespace that is to be the hub.
func (h *hub) try(l layout, host int, try func(string, error)) {
	try(PartSettings, doAll("in the hub", nil, hubSettings()))
	n := newNetwork(Config{})
	n.layout, n.Addr, n.created = l, at(l.subnet, 2), true
	var err error
	if h.fd, err = openNS(here); err == nil {
		h.rt, err = routeSocket()
	}
	if err != nil {
		try(PartVeth, err)
		return
	}
	links := h.links(l, n.Bridge.Name, host)
	err = doAll("in the hub", h.rt, links[:1])
	try(PartVeth, err)
	try(PartBridge, doAll("in the hub", h.rt, links[1:]))
	if err == nil {
		try(PartRate, doAll("in the hub", h.rt, limitRate(h.fd, uplink, uplinkIndex, 1<<20)))
	}
	try(PartNftables, h.tryRules(n))
}

// tryRules has the hub's rules, and those of a run.
func (h *hub) tryRules(n *Network) (err error) {
	if h.nft, err = rulesSocket(); err != nil {
		return err
	}
	if err := n.describe(1); err != nil {
		return err
	}
	n.hub.nft = h.nft
	return n.addRules()
}
