// Package network gives runs a network: an interface on a bridge that judge
// makes and owns.
//
// # Theory of operation
//
// The bridge lies in a network namespace of its own, the hub. No process lives
// there: the hub exists as long as some judge has a descriptor of it open. When the last
// of these is closed, at the end of a run or because its judge was killed, the kernel
// takes down the hub and all that is in it: bridge, rules, addresses, and with one
// end of a pair of interfaces (veth(4)) also the other. So nothing of it can be
// left behind, and nobody has to remove it.
//
//	the host            the hub                                    a run
//	judge0 ============ uplink   judge0 (bridge) ==== r0.1 ======= eth0
//	10.200.0.1          10.200.255.254           ==== r1.2 ======= eth0 of another
//	the gateway         forwards, by the rules of table judge      10.200.0.2
//
// The host's end of the uplink has the bridge's name and the gateway's address, and
// the host a route to the subnet. The host's own firewall, forwarding and
// tracking of connections stay as they are: what may pass is decided in the hub,
// by nftables (hub.go: for all; egress.go: for each run).
//
// Ports of the bridge are isolated: no frame goes from one run to another, all
// are routed, and so meet the rules. Neighbours are known beforehand and fixed,
// nobody has to ask for them: ARP is dropped, and with it whoever would answer for others.
// A port lets in only what bears its run's addresses. IPv6 is off.
//
// Who looks for the hub of a bridge finds it in a record (record.go) that names
// a process and its descriptor.
package network

import (
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// DefaultBridge is what the bridge is called where the policy has no name for it.
const DefaultBridge = "judge0"

// uplink is the hub's interface to the host.
const uplink = "uplink"

// A Config is what is wanted for a run.
type Config struct {
	Bridge policy.Bridge
	IP     netip.Prefix // the address asked for; the zero value leaves it to the slot

	Publish []Published
	Ahead   *Ahead // nil for none

	Dir   string // of leases
	Slot  int
	Held  func(slot int) bool          // whether somebody holds a slot
	Holds func(slot int, pid int) bool // whether it is that process
}

// Unfit is something asked for that this host, or what is there already, makes
// impossible: the caller's to change.
type Unfit struct {
	What, Hint string
	Err        error
}

func (e *Unfit) Error() string {
	if e.Err != nil {
		return e.What + ": " + e.Err.Error()
	}
	return e.What
}

func (e *Unfit) Unwrap() error { return e.Err }

// Counters are what went through a run's interface, as the run sees it, and
// what its rules refused.
type Counters struct {
	InBytes, InPackets, OutBytes, OutPackets uint64
	RefusedBytes, RefusedPackets             uint64
}

// A Network is a run's. It holds the hub open.
type Network struct {
	Config
	layout layout
	Addr   netip.Addr

	m       member
	hub     hub
	linked  chan struct{} // closed when the hub has its bridge, or will have none
	ready   chan error    // the hub is all there; nil after it was read
	ledger  *ledger       // locked until then, if the hub has to be made
	created bool
	public  *publisher
	ports   []Published // as they became
	run     int         // the run's namespace, -1 before Join
}

// Gateway is the host's address, as the run sees it.
func (n *Network) Gateway() netip.Addr { return n.layout.gateway }

// Published are the ports of the run on the host, as they became.
func (n *Network) Published() []Published { return n.ports }

// Subnet is the bridge's.
func (n *Network) Subnet() netip.Prefix { return n.layout.subnet }

func newNetwork(c Config) *Network {
	if c.Bridge.Name == "" {
		c.Bridge.Name = DefaultBridge
	}
	return &Network{Config: c, hub: noHub(), run: -1}
}

// Reserve finds the hub or begins to make it, and gives the run an address. It
// must come to Close.
func Reserve(c Config) (*Network, error) {
	n := newNetwork(c)
	var err error
	if n.ledger, err = openLedger(c.Dir, c.Held); err != nil {
		return nil, err
	}
	if err := n.reserve(); err != nil {
		n.ledger.close()
		n.hub.close()
		return nil, err
	}
	return n, nil
}

func (n *Network) reserve() error {
	found, err := n.find()
	if err != nil {
		return err
	}
	if !found {
		if n.layout, err = chooseLayout(n.Bridge, n.ledger); err != nil {
			return err
		}
	}
	if n.Addr, err = n.choose(); err != nil {
		return err
	}
	if err := n.describe(n.ledger.next()); err != nil {
		return err
	}
	if n.public, n.ports, err = publish(n.Publish, n.Addr); err != nil {
		return err
	}
	n.ready, n.linked, n.created = make(chan error, 1), make(chan struct{}), !found
	go func() {
		err := error(nil)
		if n.created {
			if n.hub, err = n.Ahead.take(); err == nil {
				err = n.hub.begin(n.layout, n.Bridge.Name)
			}
		} else {
			n.Ahead.Close()
		}
		close(n.linked)
		if n.created && err == nil {
			if err = n.hub.finish(n.layout, n.Bridge.Name); err == nil {
				err = n.addRules()
			}
		}
		if err == nil {
			err = n.enrol()
		}
		if err == nil {
			err = n.ledger.settle()
		}
		n.ledger.close()
		n.ready <- err
	}()
	return nil
}

// describe says what the run's rules are made of.
func (n *Network) describe(seq uint32) (err error) {
	n.m = member{
		addr: n.Addr, seq: seq, bridge: n.Bridge.Name, groups: n.Bridge.Groups, gateway: n.layout.gateway,
		hostAccess: n.Bridge.HostAccess, allow: n.Bridge.Egress(), outside: outside(n.Bridge),
	}
	n.m.port = "r" + strconv.Itoa(n.Slot) + "." + strconv.FormatUint(uint64(n.m.seq), 36)
	n.m.index = portIndex + int(n.m.seq%portIndex)
	n.m.from, n.m.to = "from-"+n.Addr.String(), "to-"+n.Addr.String()
	if !n.m.outside {
		return nil
	}
	if n.m.host, err = hostAddrs(); err != nil {
		return err
	}
	if named := n.m.named(); len(named) > len(record{}.Allowed) {
		return &Unfit{What: fmt.Sprintf("network.bridge.allow: %d addresses of this host are among the destinations", len(named)),
			Hint: fmt.Sprintf("name %d at most, or set host_access", len(record{}.Allowed))}
	}
	return nil
}

// find opens the hub of the bridge, if there is one.
func (n *Network) find() (bool, error) {
	for slot, r := range n.ledger.those(func(r *record) bool { return r.bridge() == n.Bridge.Name }) {
		fd, err := r.open(func(pid int) bool { return n.Holds(slot, pid) })
		if err != nil {
			continue // it has ended this moment
		}
		n.layout = r.layout()
		if err := sameAs(n.Bridge, n.layout); err != nil {
			unix.Close(fd)
			return false, err
		}
		return true, n.hub.open(fd, n.Bridge.Name)
	}
	return false, nil
}

// sameAs refuses another subnet for a bridge that runs use.
func sameAs(b policy.Bridge, l layout) error {
	hint := "give network.bridge.name another name, or wait until these have ended"
	if s := b.Subnet; s != "" && s != l.subnet.String() {
		return &Unfit{What: fmt.Sprintf("network.bridge.subnet = %q: runs on the bridge %s have %s", s, b.Name, l.subnet), Hint: hint}
	}
	if g := b.Gateway; g != "" && g != l.gateway.String() {
		return &Unfit{What: fmt.Sprintf("network.bridge.gateway = %q: runs on the bridge %s have %s", g, b.Name, l.gateway), Hint: hint}
	}
	return nil
}

// choose is the address of the run.
func (n *Network) choose() (netip.Addr, error) {
	if !n.IP.IsValid() {
		return n.layout.pick(n.Slot, n.ledger.taken(n.Bridge.Name))
	}
	a := n.IP.Addr()
	if why := n.layout.fits(a); why != "" {
		return a, &Unfit{What: fmt.Sprintf("--ip %s %s", a, why), Hint: fmt.Sprintf("name an address from %s that is neither the gateway, %s, nor the last", n.layout.subnet, n.layout.gateway)}
	}
	if b := n.IP.Bits(); b != 32 && b != n.layout.subnet.Bits() {
		return a, &Unfit{What: fmt.Sprintf("--ip %s: the subnet is %s", n.IP, n.layout.subnet), Hint: "leave the /" + strconv.Itoa(b) + " out"}
	}
	if slot, taken := n.ledger.holder(n.Bridge.Name, a); taken {
		return a, &Unfit{What: fmt.Sprintf("--ip %s is in use by run %d", a, slot), Hint: "name another address, or leave --ip out"}
	}
	return a, nil
}

// enrol writes the record: others find the hub by it.
func (n *Network) enrol() error {
	id, err := idOfFD(n.hub.fd)
	if err != nil {
		return err
	}
	r := record{
		PID: int32(unix.Getpid()), FD: int32(n.hub.fd), Dev: id.dev, Ino: id.ino, Addr: n.Addr.As4(), Seq: n.m.seq,
		Net: n.layout.subnet.Addr().As4(), Bits: uint8(n.layout.subnet.Bits()), Gateway: n.layout.gateway.As4(),
	}
	copy(r.Bridge[:], n.Bridge.Name)
	if n.m.outside {
		r.Outside = 1
		for i, a := range n.m.named() {
			r.Allowed[i], r.AllowedCount = a.As4(), uint32(i+1)
		}
	}
	return n.ledger.write(n.Slot, &r)
}

// Close lets go of the hub. What is only this run's goes with the run's
// namespace; what others could meet, its rules, is of a port and a number that
// nobody has again, or written anew by who gets its address.
func (n *Network) Close() error {
	n.public.close()
	n.wait() // for its goroutine; of an error somebody knows by now, or it does not matter
	n.ledger.close()
	err := n.leave()
	if n.run >= 0 {
		unix.Close(n.run)
	}
	n.hub.close()
	return err
}

// leave takes the run out of the record, and what was for it alone back from the host.
func (n *Network) leave() error {
	l, err := openLedger(n.Dir, n.Held)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.write(n.Slot, nil); err != nil {
		return err
	}
	if err := l.settle(); err != nil {
		return err
	}
	return l.removeUnused()
}
