package main

import (
	"testing"

	"judge/policy"
)

func TestNetworkText(t *testing.T) {
	for want, n := range map[string]policy.Network{
		"network: none; an own, empty network namespace":                  {Mode: "none"},
		"network: none; an own, empty network namespace with loopback":    {Loopback: true},
		"network: the host's own, with its loopback and abstract sockets": {Mode: "host"},
		"network: an interface on the bridge judge0, 10.200.0.0/16 or the next that is free; the host reaches it; it reaches nobody; its ports may be published on the host's loopback": {Mode: "bridge"},
		"network: an interface on the bridge b0, 10.7.0.0/24; the host reaches it; it reaches runs of a, b; the host's services, by the gateway's address; " +
			"10.0.0.5:443/tcp, 192.0.2.1; none of its ports may be published; 1MiB a second each way": {Mode: "bridge", Bridge: policy.Bridge{Name: "b0", Subnet: "10.7.0.0/24", Groups: []string{"a", "b"},
			HostAccess: true, Internet: true, Allow: []string{"10.0.0.5:443/tcp", "192.0.2.1"}, Rate: policy.MiB, Publish: "none"}},
		"network: an interface on the bridge judge0, 10.200.0.0/16 or the next that is free; the host reaches it; it reaches what lies beyond the host, but for link-local addresses; its ports may be published on any address of the host's": {
			Mode: "bridge", Bridge: policy.Bridge{Internet: true, Publish: "any"}},
	} {
		if got := networkText(n); got != want {
			t.Errorf("%+v:\n%s\nwant\n%s", n, got, want)
		}
	}
}
