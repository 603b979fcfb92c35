package policy

import (
	"net/netip"
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
	if err != nil {
		return wrong("%q is no network", s).hinted(`write "10.90.0.0/24"`)
	}
	if prefix.Masked() != prefix {
		return wrong("%q has host bits set", s).hinted("write %q", prefix.Masked().String())
	}
	return nil
}

// checkAddress checks an IP address; "" leaves it to judge.
func checkAddress(s string) *problem {
	if s == "" {
		return nil
	}
	if addr, err := netip.ParseAddr(s); err != nil || addr.Zone() != "" {
		return wrong("%q is no IP address", s).hinted(`write "10.90.0.1"`)
	}
	return nil
}

// checkGroup checks the name of a group of runs that may reach each other.
func checkGroup(s string) *problem {
	if !isBare(s) || len(s) > 64 {
		return wrong("%q is no name of a group", s).hinted("letters, digits, - and _")
	}
	return nil
}

// checkGateway checks that the gateway can be reached from the subnet.
func checkGateway(b Bridge) *problem {
	prefix, err1 := netip.ParsePrefix(b.Subnet)
	addr, err2 := netip.ParseAddr(b.Gateway)
	if err1 != nil || err2 != nil || prefix.Contains(addr) {
		return nil // what is wrong with either alone is said elsewhere
	}
	return wrong("%s is not in the subnet, %s", b.Gateway, b.Subnet)
}
