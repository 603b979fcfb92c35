package main

import (
	"cmp"
	"fmt"
	"strings"

	"judge/policy"
	"judge/sandbox"
)

// networkText says what a run reaches, and who reaches it.
func networkText(n policy.Network) string {
	switch n.Mode {
	case "host":
		return "network: the host's own, with its loopback and abstract sockets"
	case "bridge":
		return "network: " + bridgeText(n.Bridge)
	}
	return "network: none; an own, empty network namespace" + where(n.Loopback, " with loopback")
}

func bridgeText(b policy.Bridge) string {
	parts := []string{fmt.Sprintf("an interface on the bridge %s, %s; the host reaches it", cmp.Or(b.Name, sandbox.DefaultBridge),
		cmp.Or(b.Subnet, sandbox.DefaultSubnet().String()+" or the next that is free"))}
	reaches := []string{}
	if len(b.Groups) > 0 {
		reaches = append(reaches, "runs of "+strings.Join(b.Groups, ", "))
	}
	if b.HostAccess {
		reaches = append(reaches, "the host's services, by the gateway's address")
	}
	switch {
	case len(b.Allow) > 0:
		reaches = append(reaches, strings.Join(b.Allow, ", "))
	case b.Internet:
		reaches = append(reaches, "what lies beyond the host, but for link-local addresses")
	}
	if len(reaches) == 0 {
		reaches = append(reaches, "nobody")
	}
	parts = append(parts, "it reaches "+strings.Join(reaches, "; "))
	switch b.Publish {
	case "none":
		parts = append(parts, "none of its ports may be published")
	case "any":
		parts = append(parts, "its ports may be published on any address of the host's")
	default:
		parts = append(parts, "its ports may be published on the host's loopback")
	}
	if b.Rate > 0 {
		parts = append(parts, fmt.Sprintf("%s a second each way", b.Rate))
	}
	return strings.Join(parts, "; ")
}
