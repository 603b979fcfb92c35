package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	mdl "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
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

// isIn asks for one element of a set or map: a list of all could miss some of
// a large set that changes meanwhile.
func (n *Network) isIn(s *nftables.Set) (bool, error) {
	nested := func(kind uint16, data []byte, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return mdl.MarshalAttributes([]mdl.Attribute{{Type: unix.NLA_F_NESTED | kind, Data: data}})
	}
	key, err := mdl.MarshalAttributes([]mdl.Attribute{{Type: unix.NFTA_DATA_VALUE, Data: n.Addr.AsSlice()}})
	for _, kind := range []uint16{unix.NFTA_SET_ELEM_KEY, unix.NFTA_LIST_ELEM, unix.NFTA_SET_ELEM_LIST_ELEMENTS} {
		key, err = nested(kind, key, err)
	}
	if err != nil {
		return false, err
	}
	of, err := mdl.MarshalAttributes([]mdl.Attribute{
		{Type: unix.NFTA_SET_ELEM_LIST_TABLE, Data: []byte(s.Table.Name + "\x00")}, {Type: unix.NFTA_SET_ELEM_LIST_SET, Data: []byte(s.Name + "\x00")}})
	if err != nil {
		return false, err
	}
	head := []byte{byte(s.Table.Family), unix.NFNETLINK_V0, 0, 0} // struct nfgenmsg
	_, err = n.hub.ask.Execute(mdl.Message{
		Header: mdl.Header{Type: unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETSETELEM, Flags: mdl.Request},
		Data:   slices.Concat(head, of, key),
	})
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s in the set %s of the hub: %w", n.Addr, s.Name, err)
	}
	return true, nil
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
