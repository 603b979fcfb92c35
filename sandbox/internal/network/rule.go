package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A part of a rule: how nft(8) would write it, and what the kernel gets.
type part struct {
	text  string
	exprs []expr.Any
}

// A rule is its parts, in order.
type rule []part

func (r rule) String() string {
	texts := make([]string, len(r))
	for i, p := range r {
		texts[i] = p.text
	}
	return strings.Join(texts, " ")
}

func (r rule) exprs() []expr.Any {
	var all []expr.Any
	for _, p := range r {
		all = append(all, p.exprs...)
	}
	return all
}

// ifname is a name as the kernel compares it: with the zeros after it.
func ifname(name string) []byte {
	b := make([]byte, unix.IFNAMSIZ)
	copy(b, name)
	return b
}

func native(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

func equal(data []byte) expr.Any { return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data} }

func iif(name string) part {
	return part{fmt.Sprintf("iifname %q", name), []expr.Any{&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1}, equal(ifname(name))}}
}

func oif(name string) part {
	return part{fmt.Sprintf("oifname %q", name), []expr.Any{&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1}, equal(ifname(name))}}
}

// Offsets in an IPv4 header (RFC 791).
const (
	offSource = 12
	offDest   = 16
)

func address(offset uint32) expr.Any {
	return &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4}
}

func direction(offset uint32) string {
	if offset == offSource {
		return "ip saddr"
	}
	return "ip daddr"
}

// within is an address, source or destination, in a network.
func within(offset uint32, p netip.Prefix) part {
	exprs := []expr.Any{address(offset)}
	if p.Bits() < 32 {
		mask := make([]byte, 4)
		binary.BigEndian.PutUint32(mask, ^uint32(0)<<(32-p.Bits()))
		exprs = append(exprs, &expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)})
	}
	exprs = append(exprs, equal(p.Masked().Addr().AsSlice()))
	text := p.String()
	if p.Bits() == 32 {
		text = p.Addr().String()
	}
	return part{direction(offset) + " " + text, exprs}
}

func is(offset uint32, a netip.Addr) part { return within(offset, netip.PrefixFrom(a, 32)) }

func inSet(offset uint32, set string) part {
	return part{direction(offset) + " @" + set, []expr.Any{address(offset), &expr.Lookup{SourceRegister: 1, SetName: set}}}
}

// verdictOf looks up what becomes of a packet with this address.
func verdictOf(offset uint32, verdicts string) part {
	return part{direction(offset) + " vmap @" + verdicts,
		[]expr.Any{address(offset), &expr.Lookup{SourceRegister: 1, SetName: verdicts, IsDestRegSet: true}}}
}

func ctState(bits uint32, text string) part {
	return part{"ct state " + text, []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: native(bits), Xor: native(0)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: native(0)},
	}}
}

func established() part {
	return ctState(expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED, "established,related")
}

// reply is a packet against the direction of the first of its connection
// (IP_CT_DIR_REPLY, include/uapi/linux/netfilter/nf_conntrack_tuple_common.h).
func reply() part {
	return part{"ct direction reply", []expr.Any{&expr.Ct{Key: expr.CtKeyDIRECTION, Register: 1}, equal([]byte{1})}}
}

// marked is a packet of a connection that this run began, or that was begun to
// it: not one of the run that had its address before.
func marked(run uint32) part {
	return part{fmt.Sprintf("ct mark %d", run), []expr.Any{&expr.Ct{Key: expr.CtKeyMARK, Register: 1}, equal(native(run))}}
}

func mark(run uint32) part {
	return part{fmt.Sprintf("ct mark set %d", run), []expr.Any{
		&expr.Immediate{Register: 1, Data: native(run)}, &expr.Ct{Key: expr.CtKeyMARK, Register: 1, SourceRegister: true}}}
}

func l4proto(name string, number byte) part {
	return part{"meta l4proto " + name, []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, equal([]byte{number})}}
}

// dport is a destination port of TCP or UDP, which have it at the same place.
func dport(lo, hi uint16) part {
	text, port := fmt.Sprintf("th dport %d", lo), &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}
	be := func(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
	if lo == hi {
		return part{text, []expr.Any{port, equal(be(lo))}}
	}
	return part{fmt.Sprintf("%s-%d", text, hi), []expr.Any{port,
		&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: be(lo)}, &expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: be(hi)}}}
}

// ctNew is a connection's first packet, and those that repeat it.
const ctNew = expr.CtStateBitNEW

// not turns round the comparison that a part ends in.
func not(p part) part {
	exprs := append([]expr.Any{}, p.exprs...)
	last := *exprs[len(exprs)-1].(*expr.Cmp)
	last.Op = expr.CmpOpNeq
	exprs[len(exprs)-1] = &last
	at := strings.LastIndexByte(p.text, ' ')
	return part{p.text[:at] + " !=" + p.text[at:], exprs}
}

func verdict(kind expr.VerdictKind, text string) part {
	return part{text, []expr.Any{&expr.Verdict{Kind: kind}}}
}

func accept() part { return verdict(expr.VerdictAccept, "accept") }
func drop() part   { return verdict(expr.VerdictDrop, "drop") }

func counter() part { return part{"counter", []expr.Any{&expr.Counter{}}} }

// filtered answers that an administrator forbids it (ICMP_PKT_FILTERED,
// include/uapi/linux/icmp.h); such answers are few in a second (icmp(7),
// icmp_ratelimit), so TCP gets a reset.
func filtered() part {
	return part{"reject with icmp admin-prohibited", []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: 13}}}
}

func reset() part {
	return part{"reject with tcp reset", []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}}
}

// tables of the hub's: ip for what is routed, bridge for what enters a port.
// There is no IPv6.
func routedTable() *nftables.Table {
	return &nftables.Table{Name: "judge", Family: nftables.TableFamilyIPv4}
}
func portsTable() *nftables.Table {
	return &nftables.Table{Name: "judge", Family: nftables.TableFamilyBridge}
}

// The sets and maps of these tables. Each has a number in its transaction; the library's own come from
// one counter for all goroutines, without a lock.
func portsSet() *nftables.Set {
	return &nftables.Set{Table: portsTable(), Name: "ports", ID: 1, Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIFName, nftables.TypeEtherAddr, nftables.TypeIPAddr)}
}

func mapID(name string) uint32 {
	if name == "from" {
		return 2
	}
	return 3
}

func verdicts(name string) *nftables.Set {
	return &nftables.Set{Table: routedTable(), Name: name, ID: mapID(name), IsMap: true, KeyType: nftables.TypeIPAddr, DataType: nftables.TypeVerdict}
}

func groupName(group string) string { return "g-" + group }

// groupSet of a group: id is its place among those of the run, from 1.
func groupSet(group string, id uint32) *nftables.Set {
	return &nftables.Set{Table: routedTable(), Name: groupName(group), ID: 3 + id, KeyType: nftables.TypeIPAddr}
}

// portKey is what the frames of a run have in common: where they enter, and
// both of its addresses. Each part of a concatenation fills whole words.
func portKey(port string, a netip.Addr) []byte {
	key := append(ifname(port), mac(a)...)
	return append(append(key, 0, 0), a.AsSlice()...)
}

// knownPort is a frame with such a key. Registers of 4 bytes count from
// NFT_REG32_00, and the first of 16 bytes is the first four of these.
func knownPort() part {
	const reg32 = 8 // NFT_REG32_00, include/uapi/linux/netfilter/nf_tables.h
	return part{"iifname . ether saddr . ip saddr @ports", []expr.Any{
		&expr.Meta{Key: expr.MetaKeyPROTOCOL, Register: 1}, equal(binary.BigEndian.AppendUint16(nil, unix.ETH_P_IP)),
		&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1},
		&expr.Payload{DestRegister: reg32 + 4, Base: expr.PayloadBaseLLHeader, Offset: 6, Len: 6},
		&expr.Payload{DestRegister: reg32 + 6, Base: expr.PayloadBaseNetworkHeader, Offset: offSource, Len: 4},
		&expr.Lookup{SourceRegister: 1, SetName: "ports"},
	}}
}
