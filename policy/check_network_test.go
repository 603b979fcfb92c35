package policy

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"
)

func TestEgress(t *testing.T) {
	got := Bridge{Allow: []string{"10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "10.0.0.5/icmp", "192.0.2.0/24", "10.0.0.5"}}.Egress()
	want := []Egress{
		{netip.MustParsePrefix("10.0.0.5/32"), 443, 443, "tcp"}, {netip.MustParsePrefix("10.0.0.0/8"), 8000, 8999, "udp"},
		{netip.MustParsePrefix("10.0.0.5/32"), 0, 0, "icmp"}, {netip.MustParsePrefix("192.0.2.0/24"), 0, 0, ""}, {netip.MustParsePrefix("10.0.0.5/32"), 0, 0, ""},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// A wrong name of a group is the flag's fault.
func TestWithGroups(t *testing.T) {
	p, _ := Builtin("default")
	var override *OverrideError
	if _, err := p.With([]Override{{"network.mode", "bridge:a,", "--net"}}); !errors.As(err, &override) || override.Flag != "--net" {
		t.Errorf("an empty name: %v", err)
	}
	p.Network.AllowHost = true
	got, err := p.With([]Override{{"network.mode", "host", "--net"}})
	if err != nil || got.Network.Mode != "host" {
		t.Errorf("mode %q, %v", got.Network.Mode, err)
	}
	got, err = p.With([]Override{{"network.mode", "bridge:b,a", "--net"}, {"network.mode", "bridge:c", "--net"}})
	if err != nil || !reflect.DeepEqual(got.Network.Bridge.Groups, []string{"a", "b", "c"}) {
		t.Errorf("groups %q, %v", got.Network.Bridge.Groups, err)
	}
}
