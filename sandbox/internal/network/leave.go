package network

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// leaveGroups takes the address out of the groups that an earlier run had it
// in, with the next flush: in a hub that others keep alive it still is. The chains have
// the address in their names, and are written anew.
func (n *Network) leaveGroups() error {
	c := n.hub.nft
	had, err := n.isIn(verdicts("from"))
	if err != nil || !had {
		return err
	}
	sets, err := c.GetSets(routedTable())
	if err != nil {
		return fmt.Errorf("list the sets of the hub: %w", err)
	}
	for _, s := range sets {
		group, is := strings.CutPrefix(s.Name, "g-")
		if !is || slices.Contains(n.m.groups, group) {
			continue
		}
		if had, err = n.isIn(s); err != nil {
			return err
		}
		if !had {
			continue
		}
		if err := c.SetDeleteElements(s, []nftables.SetElement{{Key: n.Addr.AsSlice()}}); err != nil {
			return fmt.Errorf("remove %s from the group %s: %w", n.Addr, group, err)
		}
	}
	return nil
}

// isIn says whether a set or map has the run's address.
func (n *Network) isIn(s *nftables.Set) (bool, error) {
	elements, err := n.hub.nft.GetSetElements(s)
	if err != nil {
		return false, fmt.Errorf("list the set %s of the hub: %w", s.Name, err)
	}
	return slices.ContainsFunc(elements, func(e nftables.SetElement) bool { return bytes.Equal(e.Key, n.Addr.AsSlice()) }), nil
}

// Counters reads what went through, once the run has ended.
func (n *Network) Counters() (Counters, error) {
	link, err := n.hub.rt.LinkByIndex(n.port)
	if err != nil {
		return Counters{}, fmt.Errorf("look at the port %s: %w", n.m.port, err)
	}
	var c Counters
	if s := link.Attrs().Statistics; s != nil { // what the port receives, the run has sent
		c.InBytes, c.InPackets, c.OutBytes, c.OutPackets = s.TxBytes, s.TxPackets, s.RxBytes, s.RxPackets
	}
	t := routedTable()
	rules, err := n.hub.nft.GetRules(t, &nftables.Chain{Name: n.m.from, Table: t})
	if err != nil {
		return c, fmt.Errorf("read the rules of the run: %w", err)
	}
	for _, r := range rules {
		for _, e := range r.Exprs {
			if e, ok := e.(*expr.Counter); ok {
				c.RefusedBytes, c.RefusedPackets = e.Bytes, e.Packets
			}
		}
	}
	return c, nil
}
