package sandbox

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/network"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"
)

// DefaultBridge is the bridge of a policy that names none.
const DefaultBridge = network.DefaultBridge

// DefaultSubnet is that of a policy that names none, unless this host uses it.
func DefaultSubnet() netip.Prefix { return network.DefaultSubnet() }

// fitNetwork refuses a network that this judge cannot give, before anything is made.
func fitNetwork(p *policy.Policy, may rights) error {
	mode := p.Network.Mode
	if mode != "bridge" && mode != "host" {
		return nil
	}
	if may.userns.Maps != plan.HostIDs {
		return &UsageError{What: fmt.Sprintf("network.mode = %q: judge runs %s", mode, may.as),
			Hint: "interfaces and namespaces of the host's are root's: run judge as root, or without a network"}
	}
	if mode == "host" {
		return nil
	}
	if !hasCapability(unix.CAP_NET_ADMIN) {
		return &UsageError{What: "network.mode = \"bridge\": judge runs without CAP_NET_ADMIN", Hint: "start it, or its container, with that capability"}
	}
	p.Network.Loopback = true
	return nil
}

// checkSockets refuses a network of which the filter lets the program use nothing.
func (r *run) checkSockets() error {
	if r.policy.Network.Mode != "bridge" {
		return r.checkUnbridged()
	}
	if !r.mayCall("socket") {
		return &UsageError{What: fmt.Sprintf("network.mode = \"bridge\": the filter of the policy %s lets no program make a socket", r.policy.Name),
			Hint: "use -p default, or allow it in [seccomp]"}
	}
	return r.checkPublish()
}

// checkPublish refuses what the policy does not let appear on the host.
func (r *run) checkPublish() error {
	for i, p := range r.cmd.Publish {
		if !p.Host.Addr().IsValid() {
			p.Host = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), p.Host.Port())
			r.cmd.Publish = slices.Clone(r.cmd.Publish)
			r.cmd.Publish[i] = p
		}
		may := r.policy.Network.Bridge.Publish
		if may == "none" || may != "any" && !p.Host.Addr().IsLoopback() {
			return &UsageError{What: fmt.Sprintf("--publish %s:%d: the policy %s has network.bridge.publish = %q", p.Host, p.Port, r.policy.Name, may),
				Hint: "\"loopback\" allows addresses of the host's loopback, \"any\" all of the host's"}
		}
	}
	return nil
}

// checkUnbridged refuses what only a bridge has.
func (r *run) checkUnbridged() error {
	if len(r.cmd.Publish) > 0 {
		return &UsageError{What: fmt.Sprintf("--publish of port %d: the run is on no bridge", r.cmd.Publish[0].Port), Hint: "add --net bridge"}
	}
	if r.cmd.IP.IsValid() {
		return &UsageError{What: fmt.Sprintf("--ip %s: the run is on no bridge", r.cmd.IP.Addr()), Hint: "add --net bridge"}
	}
	return nil
}

// netConfig is what the package network is asked for.
func (r *run) netConfig(slot int) network.Config {
	dir := r.may.run
	var ports []network.Published
	for _, p := range r.cmd.Publish {
		ports = append(ports, network.Published{Host: p.Host, Port: p.Port})
	}
	return network.Config{
		Publish: ports, Ahead: r.ahead,
		Bridge: r.policy.Network.Bridge, IP: r.cmd.IP, Dir: dir, Slot: slot,
		Held:  func(n int) bool { return n != slot && lease.IsHeld(dir, n) },
		Holds: func(n, pid int) bool { return lease.HeldBy(dir, n, pid) },
	}
}

// reserveNetwork gives the run its address, and begins to make what it is on.
func (r *run) reserveNetwork(slot *lease.Slot) error {
	switch r.policy.Network.Mode {
	case "host":
		r.netUse = &NetworkUse{Mode: "host"}
		return nil
	case "bridge":
	default:
		return nil
	}
	n, err := network.Reserve(r.netConfig(slot.N))
	if err != nil {
		return unfit(err)
	}
	r.net = n
	r.netUse = &NetworkUse{Mode: "bridge", Address: n.Addr.String(), Gateway: n.Gateway().String(), Subnet: n.Subnet().String(), Groups: r.policy.Network.Bridge.Groups}
	for _, p := range n.Published() {
		r.netUse.Published = append(r.netUse.Published, Published{p.Host.String(), int(p.Port)})
	}
	return nil
}

// unfit makes what the caller can change his fault.
func unfit(err error) error {
	var bad *network.Unfit
	if errors.As(err, &bad) {
		return &UsageError{What: err.Error(), Hint: bad.Hint}
	}
	return err
}

// load gives PID 1 the plan. With the host's network, that is the thread's own.
func (r *run) load(steps *plan.Plan, std spawn.Streams) error {
	if r.policy.Network.Mode == "host" {
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open judge's own network namespace: %w", err)
		}
		defer unix.Close(fd)
		std.Net = fd
	}
	return r.child.Load(steps, std)
}

// networkPatience is how long PID 1 may take for its namespace. It waits for nothing.
const networkPatience = time.Minute

// joinNetwork plugs the run in, while PID 1 makes the rest of the sandbox.
func (r *run) joinNetwork(steps *plan.Plan) error {
	if r.net == nil {
		return nil
	}
	ns, failed, err := r.child.Network(networkPatience)
	if failed != nil {
		return r.may.explainRefusal(stepError(steps, failed))
	}
	if err != nil {
		return err
	}
	return unfit(r.net.Join(ns))
}

// readNetwork takes down what went through, when every process of the run is gone.
func (r *run) readNetwork() error {
	if r.net == nil {
		return nil
	}
	c, err := r.net.Counters()
	if err != nil {
		return err
	}
	u := r.netUse
	u.InBytes, u.InPackets, u.OutBytes, u.OutPackets = &c.InBytes, &c.InPackets, &c.OutBytes, &c.OutPackets
	u.RefusedBytes, u.RefusedPackets = &c.RefusedBytes, &c.RefusedPackets
	return nil
}

func (r *run) closeNetwork() error {
	if r.net == nil {
		return nil
	}
	return r.net.Close()
}

// names are the run's own /etc/hosts and /etc/resolv.conf; "" where it has no network of its own.
func (r *run) names() (hosts, resolv string) {
	if r.net == nil {
		return "", ""
	}
	return plan.BridgedHosts(r.policy.Identity.Hostname, r.net.Addr.String(), r.net.Gateway().String()), network.Resolv(r.policy.Network.Bridge)
}

// ParseIP reads an address, alone or with its subnet's bits.
func ParseIP(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Is4() {
		return netip.PrefixFrom(a, 32), nil
	}
	p, err := netip.ParsePrefix(text)
	if err == nil && p.Addr().Is4() {
		return p, nil
	}
	return netip.Prefix{}, &UsageError{What: fmt.Sprintf("--ip %q is no IPv4 address", text), Hint: "write --ip 10.200.0.9 or --ip 10.200.0.9/16"}
}

// ParsePublish reads [ADDRESS:]PORT:PORT, the host's port before the run's.
func ParsePublish(text string) (Publish, error) {
	bad := func() (Publish, error) {
		return Publish{}, &UsageError{What: fmt.Sprintf("--publish %q is no pair of ports", text),
			Hint: "write --publish 8080:80, the host's port first (0 is any that is free), or --publish 127.0.0.2:8080:80"}
	}
	var p Publish
	address, ports := "", text
	if strings.Count(text, ":") == 2 {
		address, ports, _ = strings.Cut(text, ":")
	}
	outer, inner, ok := strings.Cut(ports, ":")
	host, err1 := strconv.ParseUint(outer, 10, 16)
	own, err2 := strconv.ParseUint(inner, 10, 16)
	if !ok || err1 != nil || err2 != nil || own == 0 {
		return bad()
	}
	p.Port = uint16(own)
	p.Host = netip.AddrPortFrom(netip.Addr{}, uint16(host))
	if address != "" {
		a, err := netip.ParseAddr(address)
		if err != nil || !a.Is4() {
			return bad()
		}
		p.Host = netip.AddrPortFrom(a, uint16(host))
	}
	return p, nil
}
