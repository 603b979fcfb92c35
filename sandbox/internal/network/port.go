package network

import (
	"errors"
	"fmt"

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
	if err := doAll("in the hub", n.hub.rt, n.portActions(ns)); err != nil {
		return err
	}
	if n.created { // they came with the hub's
		return nil
	}
	return n.addRules()
}

func (n *Network) portActions(ns int) []action {
	hw := mac(n.Addr)
	list := []action{
		{text: fmt.Sprintf("link add %s up master %s type veth peer name %s address %s, in the run", n.m.port, n.Bridge.Name, inner, hw),
			msg: newPair(end{n.m.port, n.m.index, nil}, n.hub.bridge, end{inner, innerIndex, hw}, ns), why: full},
		{text: "link set " + n.m.port + " type bridge_slave isolated on learning off flood off", msg: setPort(n.m.index)},
		{text: fmt.Sprintf("bridge fdb replace %s dev %s master static", hw, n.m.port), msg: behind(n.m.index, hw)},
		{text: fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", n.Addr, hw, n.Bridge.Name), msg: neighbour(n.hub.bridge, n.Addr, hw)},
	}
	return append(list, limitRate(n.hub.fd, n.m.port, n.m.index, n.Bridge.Rate)...)
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

// addRules adds what concerns this run alone, at once; and if it has made the hub, what is of
// that.
func (n *Network) addRules() error {
	r, t := &ruleset{}, routedTable()
	if n.created {
		addHubRules(r, n.Bridge.Name)
	} else if err := n.leaveGroups(r); err != nil {
		return err
	}
	for i, g := range n.m.groups {
		s := groupSet(g, uint32(i+1))
		r.addSet(s)
		r.addElement(s, n.Addr.AsSlice())
	}
	for _, ch := range n.chains() {
		r.addChain(t, ch.name)
		r.flush(t, ch.name) // of a run that had the address before
		for _, one := range ch.rules {
			r.addRule(t, ch.name, one)
		}
		r.addJump(verdicts(ch.verdicts), n.Addr.AsSlice(), ch.name)
	}
	r.addElement(portsSet(), portKey(n.m.port, n.Addr))
	if err := n.hub.nft.commit(r); err != nil {
		return missing(fmt.Errorf("add the rules of %s: %w", n.Addr, err))
	}
	return nil
}
