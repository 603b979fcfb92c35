package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// leaveGroups takes the address out of the groups that an earlier run had it
// in, with what follows: in a hub that others keep alive it still is. The chains have
// the address in their names, and are written anew.
func (n *Network) leaveGroups(r *ruleset) error {
	had, err := n.isIn(verdicts("from"))
	if err != nil || !had {
		return err
	}
	var names []string
	t := routedTable()
	if err := n.hub.nft.list(nft(unix.NFT_MSG_GETSET, 0, t, attr(unix.NFTA_SET_TABLE, text(t.Name))), func(body []byte) {
		for kind, data := range attrs(body, nfgenmsg) {
			if kind == unix.NFTA_SET_NAME {
				names = append(names, unix.ByteSliceToString(data))
			}
		}
	}); err != nil {
		return fmt.Errorf("list the sets of the hub: %w", err)
	}
	for _, name := range names {
		group, is := strings.CutPrefix(name, "g-")
		if !is || slices.Contains(n.m.groups, group) {
			continue
		}
		s := groupSet(group, 0)
		if had, err = n.isIn(s); err != nil {
			return err
		}
		if had {
			r.deleteElement(s, n.Addr.AsSlice())
		}
	}
	return nil
}

// nfgenmsg is how long that struct is, with which messages of nftables begin.
const nfgenmsg = 4

// isIn asks for one element of a set or map: a list of all could miss some of
// a large set that changes meanwhile.
func (n *Network) isIn(s *nftables.Set) (bool, error) {
	_, err := n.hub.nft.ask(nft(unix.NFT_MSG_GETSETELEM, 0, s.Table, element(s, n.Addr.AsSlice())...))
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
	port, err := n.hub.rt.counters(n.m.index)
	if err != nil {
		return Counters{}, fmt.Errorf("look at the port %s: %w", n.m.port, err)
	}
	// What the port receives, the run has sent.
	c := Counters{InBytes: port.OutBytes, InPackets: port.OutPackets, OutBytes: port.InBytes, OutPackets: port.InPackets}
	t := routedTable()
	if err := n.hub.nft.list(nft(unix.NFT_MSG_GETRULE, 0, t, rulesOf(t, n.m.from)), func(body []byte) {
		if bytes, packets, ok := counted(body); ok {
			c.RefusedBytes, c.RefusedPackets = bytes, packets
		}
	}); err != nil {
		return c, fmt.Errorf("read the rules of the run: %w", err)
	}
	return c, nil
}

// counted is what the counter of a rule says, if it has one.
func counted(rule []byte) (bytes, packets uint64, ok bool) {
	for _, one := range attrs(field(rule, nfgenmsg, unix.NFTA_RULE_EXPRESSIONS), 0) {
		if unix.ByteSliceToString(field(one, 0, unix.NFTA_EXPR_NAME)) != "counter" {
			continue
		}
		data := field(one, 0, unix.NFTA_EXPR_DATA)
		b, p := field(data, 0, unix.NFTA_COUNTER_BYTES), field(data, 0, unix.NFTA_COUNTER_PACKETS)
		if len(b) == 8 && len(p) == 8 {
			return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(p), true
		}
	}
	return 0, 0, false
}
