package network

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// What rtnetlink(7) is asked: structures as include/uapi/linux/rtnetlink.h, if_link.h, if_addr.h
// and neighbour.h have them.

const (
	create  = unix.NLM_F_CREATE | unix.NLM_F_EXCL
	replace = unix.NLM_F_CREATE | unix.NLM_F_REPLACE
)

// attr is an attribute, whose data may be others.
func attr(kind uint16, parts ...[]byte) []byte {
	n := 4
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 4, aligned(n))
	binary.NativeEndian.PutUint16(b, uint16(n))
	binary.NativeEndian.PutUint16(b[2:], kind)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b[:aligned(n)]
}

// attrs are those of a message's body, after so many bytes.
func attrs(body []byte, after int) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for rest := body[min(after, len(body)):]; len(rest) >= 4; {
			n, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
			if n < 4 || n > len(rest) || !yield(kind&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), rest[4:n]) {
				return
			}
			rest = rest[min(aligned(n), len(rest)):]
		}
	}
}

// field is the first of that kind; nil if there is none.
func field(body []byte, after int, kind uint16) []byte {
	for k, data := range attrs(body, after) {
		if k == kind {
			return data
		}
	}
	return nil
}

func text(s string) []byte { return append([]byte(s), 0) }

// ifinfo is a struct ifinfomsg; flags are the ones that shall be on.
func ifinfo(family byte, index int, flags uint32) []byte {
	b := make([]byte, unix.SizeofIfInfomsg)
	b[0] = family
	binary.NativeEndian.PutUint32(b[4:], uint32(index))
	binary.NativeEndian.PutUint32(b[8:], flags)
	binary.NativeEndian.PutUint32(b[12:], flags) // ifi_change
	return b
}

// An end of a pair of interfaces. Its index is 0 where the kernel gives it one.
type end struct {
	name  string
	index int
	mac   net.HardwareAddr // nil for a random one
}

func (e end) attrs() []byte {
	// One queue each way, and not one for each processor: they are what takes the time to make.
	b := slices.Concat(attr(unix.IFLA_IFNAME, text(e.name)), attr(unix.IFLA_NUM_TX_QUEUES, native(1)), attr(unix.IFLA_NUM_RX_QUEUES, native(1)))
	if e.mac != nil {
		b = append(b, attr(unix.IFLA_ADDRESS, e.mac)...)
	}
	return b
}

// newPair makes a pair: the one end here, up and in a bridge if master is not 0, the other in a namespace.
func newPair(here end, master int, there end, ns int) message {
	other := slices.Concat(ifinfo(unix.AF_UNSPEC, there.index, 0), there.attrs(), attr(unix.IFLA_NET_NS_FD, native(uint32(ns))))
	b := slices.Concat(ifinfo(unix.AF_UNSPEC, here.index, unix.IFF_UP), here.attrs(),
		attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte("veth")), attr(unix.IFLA_INFO_DATA, attr(nl.VETH_INFO_PEER, other))))
	if master != 0 {
		b = append(b, attr(unix.IFLA_MASTER, native(uint32(master)))...)
	}
	return message{unix.RTM_NEWLINK, create, b}
}

func newBridge(e end) message {
	return message{unix.RTM_NEWLINK, create, slices.Concat(ifinfo(unix.AF_UNSPEC, e.index, unix.IFF_UP),
		attr(unix.IFLA_IFNAME, text(e.name)), attr(unix.IFLA_ADDRESS, e.mac),
		attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte("bridge")), attr(unix.IFLA_INFO_DATA, attr(nl.IFLA_BR_MCAST_SNOOPING, []byte{0}))))}
}

// setPort makes a port of a bridge one that no other port reaches, and on which nothing is learned.
func setPort(index int) message {
	return message{unix.RTM_SETLINK, 0, slices.Concat(ifinfo(unix.AF_BRIDGE, index, 0),
		attr(unix.IFLA_PROTINFO|unix.NLA_F_NESTED,
			attr(nl.IFLA_BRPORT_ISOLATED, []byte{1}), attr(nl.IFLA_BRPORT_LEARNING, []byte{0}), attr(nl.IFLA_BRPORT_UNICAST_FLOOD, []byte{0})))}
}

// set changes what the attributes say, and nothing else.
func set(index int, attrs ...[]byte) message {
	return message{unix.RTM_SETLINK, 0, append(ifinfo(unix.AF_UNSPEC, index, 0), slices.Concat(attrs...)...)}
}

func up(index int) message {
	return message{unix.RTM_SETLINK, 0, ifinfo(unix.AF_UNSPEC, index, unix.IFF_UP)}
}

// noIPv6 keeps addresses from coming by themselves.
func noIPv6(index int) message {
	const none = 1 // IN6_ADDR_GEN_MODE_NONE
	return set(index, attr(unix.IFLA_AF_SPEC, attr(unix.AF_INET6, attr(unix.IFLA_INET6_ADDR_GEN_MODE, []byte{none}))))
}

// addAddr gives an interface an address in a network.
func addAddr(index int, p netip.Prefix, flags uint32) message {
	b := []byte{unix.AF_INET, byte(p.Bits()), 0, 0}
	b = slices.Concat(b, native(uint32(index)), attr(unix.IFA_LOCAL, p.Addr().AsSlice()), attr(unix.IFA_ADDRESS, p.Addr().AsSlice()),
		attr(unix.IFA_FLAGS, native(flags)))
	if p.Bits() < 31 {
		b = append(b, attr(unix.IFA_BROADCAST, at(p, size(p)-1).AsSlice())...)
	}
	return message{unix.RTM_NEWADDR, create, b}
}

// A neighbour is known by its hardware address, for good.
func neighbour(index int, a netip.Addr, hw net.HardwareAddr) message {
	return message{unix.RTM_NEWNEIGH, replace, slices.Concat(ndmsg(unix.AF_INET, index, unix.NUD_PERMANENT, 0),
		attr(unix.NDA_DST, a.AsSlice()), attr(unix.NDA_LLADDR, hw))}
}

// behind says by which port of a bridge a hardware address is reached.
func behind(index int, hw net.HardwareAddr) message {
	return message{unix.RTM_NEWNEIGH, replace, append(ndmsg(unix.AF_BRIDGE, index, unix.NUD_NOARP, unix.NTF_MASTER), attr(unix.NDA_LLADDR, hw)...)}
}

func ndmsg(family byte, index int, state uint16, flags byte) []byte {
	b := append([]byte{family, 0, 0, 0}, native(uint32(index))...)
	return append(binary.NativeEndian.AppendUint16(b, state), flags, 0)
}

// A route leads to dst, the zero value for everywhere else: by gw, if it is valid.
type route struct {
	dst     netip.Prefix
	gw, src netip.Addr
	onlink  bool // gw needs no route of its own
}

func (r route) message(index int, how uint16) message {
	bits, scope, flags := 0, byte(unix.RT_SCOPE_UNIVERSE), uint32(0)
	if r.dst.IsValid() {
		bits = r.dst.Bits()
	}
	if !r.gw.IsValid() {
		scope = unix.RT_SCOPE_LINK
	}
	if r.onlink {
		flags = unix.RTNH_F_ONLINK
	}
	b := []byte{unix.AF_INET, byte(bits), 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_BOOT, scope, unix.RTN_UNICAST}
	b = slices.Concat(b, native(flags), attr(unix.RTA_OIF, native(uint32(index))))
	for _, a := range []struct {
		kind uint16
		addr netip.Addr
	}{{unix.RTA_DST, r.dst.Addr()}, {unix.RTA_GATEWAY, r.gw}, {unix.RTA_PREFSRC, r.src}} {
		if a.addr.IsValid() {
			b = append(b, attr(a.kind, a.addr.AsSlice())...)
		}
	}
	return message{unix.RTM_NEWROUTE, how, b}
}

// index of the interface of that name, where the wire is.
func (w *wire) index(name string) (int, error) {
	answer, err := w.ask(message{unix.RTM_GETLINK, 0, append(ifinfo(unix.AF_UNSPEC, 0, 0), attr(unix.IFLA_IFNAME, text(name))...)})
	if err == nil && len(answer) < unix.SizeofIfInfomsg {
		err = unix.EBADMSG
	}
	if err != nil {
		return 0, fmt.Errorf("find %s: %w", name, err)
	}
	return int(int32(binary.NativeEndian.Uint32(answer[4:]))), nil
}

// counters are those of an interface, as it sees it (struct rtnl_link_stats64).
func (w *wire) counters(index int) (c Counters, err error) {
	answer, err := w.ask(message{unix.RTM_GETLINK, 0, ifinfo(unix.AF_UNSPEC, index, 0)})
	if err != nil {
		return c, err
	}
	if data := field(answer, unix.SizeofIfInfomsg, unix.IFLA_STATS64); len(data) >= 4*8 {
		at := func(i int) uint64 { return binary.NativeEndian.Uint64(data[8*i:]) }
		return Counters{InPackets: at(0), OutPackets: at(1), InBytes: at(2), OutBytes: at(3)}, nil
	}
	return c, fmt.Errorf("no statistics: %w", unix.EBADMSG)
}
