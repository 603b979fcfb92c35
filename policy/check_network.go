package policy

import (
	"net/netip"
	"strconv"
	"strings"
)

// checkInterface checks the name of a bridge; "" leaves it to judge. The kernel
// takes up to 15 bytes (IFNAMSIZ, dev_valid_name in net/core/dev.c).
func checkInterface(s string) *problem {
	if len(s) > 15 {
		return wrong("%q is %d bytes long, more than the most, 15", s, len(s))
	}
	if s == "." || s == ".." || strings.ContainsAny(s, "/: \t\n\v\f\r\x00") {
		return wrong("%q is no name of a network interface", s).hinted("without slash, colon or space")
	}
	return nil
}

// checkSubnet checks a network in CIDR form; "" leaves it to judge.
func checkSubnet(s string) *problem {
	if s == "" {
		return nil
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return wrong("%q is no network", s).hinted(`write "10.90.0.0/24"`)
	case prefix.Masked() != prefix:
		return wrong("%q has host bits set", s).hinted("write %q", prefix.Masked().String())
	case !prefix.Addr().Is4():
		return wrong("%q is not IPv4", s).hinted("runs have no IPv6")
	case prefix.Bits() < 8 || prefix.Bits() > 29:
		return wrong("%q has a mask of %d bits", s, prefix.Bits()).hinted("from 8 to 29: the bridge, the gateway and some runs must fit in")
	}
	return nil
}

// checkAddress checks an IPv4 address; "" leaves it to judge.
func checkAddress(s string) *problem {
	if s == "" {
		return nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return wrong("%q is no IP address", s).hinted(`write "10.90.0.1"`)
	}
	if !addr.Is4() {
		return wrong("%q is not IPv4", s).hinted("runs have no IPv6")
	}
	return nil
}

// checkGroup checks the name of a group of runs that may reach each other. The
// kernel's sets have names of up to 31 bytes where it is old (NFT_SET_MAXNAMELEN).
func checkGroup(s string) *problem {
	if !isBare(s) || len(s) > 28 {
		return wrong("%q is no name of a group", s).hinted("up to 28 letters, digits, - and _")
	}
	return nil
}

// checkGateway checks that the gateway can be reached from the subnet.
func checkGateway(b Bridge) *problem {
	prefix, err1 := netip.ParsePrefix(b.Subnet)
	addr, err2 := netip.ParseAddr(b.Gateway)
	if err1 != nil || err2 != nil {
		return nil // what is wrong with either alone is said elsewhere
	}
	if !prefix.Contains(addr) {
		return wrong("%s is not in the subnet, %s", b.Gateway, b.Subnet)
	}
	if addr == prefix.Addr() || !prefix.Contains(addr.Next()) {
		return wrong("%s is an address of the subnet itself, %s", b.Gateway, b.Subnet)
	}
	return nil
}

// Egress is one kind of destination.
type Egress struct {
	Net       netip.Prefix // IPv4
	Low, High uint16       // ports; both 0 for any
	Proto     string       // "tcp", "udp", "icmp"; "" for any
}

// Egress gives Allow, parsed; the policy is checked.
func (b Bridge) Egress() []Egress {
	var list []Egress
	for _, s := range b.Allow {
		if e, pr := parseEgress(s); pr == nil {
			list = append(list, e)
		}
	}
	return list
}

func checkEgress(s string) *problem {
	_, pr := parseEgress(s)
	return pr
}

const egressForm = `write "10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp" or "10.0.0.5"`

// parseEgress reads ADDRESS[/BITS][:PORT[-PORT]][/PROTOCOL].
func parseEgress(s string) (Egress, *problem) {
	var e Egress
	rest := s
	for _, proto := range []string{"tcp", "udp", "icmp"} {
		if before, ok := strings.CutSuffix(rest, "/"+proto); ok {
			rest, e.Proto = before, proto
			break
		}
	}
	host, ports, withPort := strings.Cut(rest, ":")
	if strings.Contains(ports, ":") || strings.HasPrefix(s, "[") {
		return e, wrong("%q is not IPv4", s).hinted("runs have no IPv6; " + egressForm)
	}
	if strings.Contains(ports, "/") { // it is none of the protocols
		return e, wrong("%q is no destination", s).hinted(egressForm)
	}
	prefix, err := netip.ParsePrefix(host)
	if err != nil {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return e, wrong("%q is no destination", s).hinted(egressForm + "; names are not looked up")
		}
		prefix = netip.PrefixFrom(addr, 32)
	}
	if prefix.Masked() != prefix {
		return e, wrong("%q has host bits set", s).hinted("write %q", prefix.Masked().String()+strings.TrimPrefix(s, host))
	}
	e.Net = prefix
	if !withPort {
		return e, nil
	}
	if e.Proto != "tcp" && e.Proto != "udp" {
		return e, wrong("%q has a port of no protocol", s).hinted("write %q or %q", rest+"/tcp", rest+"/udp")
	}
	lo, hi, isRange := strings.Cut(ports, "-")
	if !isRange {
		hi = lo
	}
	low, err1 := strconv.ParseUint(lo, 10, 16)
	high, err2 := strconv.ParseUint(hi, 10, 16)
	if err1 != nil || err2 != nil || low == 0 || low > high {
		return e, wrong("%q has no port from 1 to 65535", s).hinted(egressForm)
	}
	e.Low, e.High = uint16(low), uint16(high)
	return e, nil
}
