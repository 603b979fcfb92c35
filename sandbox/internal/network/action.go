package network

import (
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// An action is one thing that is asked of the kernel over netlink, and what
// --explain calls it, in the words of ip(8).
type action struct {
	text string
	do   func() error
}

// routeSocket is a netlink socket for actions, in the calling thread's namespace.
func routeSocket() (*netlink.Handle, error) {
	rt, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	return rt, nil
}

// doAll stops at the first that the kernel refuses.
func doAll(where string, list []action) error {
	for _, a := range list {
		if err := a.do(); err != nil {
			return fmt.Errorf("%s: %s: %w", where, a.text, err)
		}
	}
	return nil
}

func texts(where string, list []action) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = where + ": " + a.text
	}
	return out
}

// A device is an interface, found by its name when it is first needed: it is
// made by an action before.
type device struct {
	rt   *netlink.Handle
	name string
	link netlink.Link
}

func (d *device) find() (netlink.Link, error) {
	if d.link == nil {
		link, err := d.rt.LinkByName(d.name)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", d.name, err)
		}
		d.link = link
	}
	return d.link, nil
}

// on is an action with the device.
func (d *device) on(text string, do func(netlink.Link) error) action {
	return action{text, func() error {
		link, err := d.find()
		if err != nil {
			return err
		}
		return do(link)
	}}
}

// neighbour names the hardware address that goes with another one there.
func (d *device) neighbour(n netlink.Neigh, text string) action {
	return d.on(text, func(l netlink.Link) error {
		n.LinkIndex = l.Attrs().Index
		return d.rt.NeighSet(&n)
	})
}

func (d *device) up() action {
	return d.on("link set "+d.name+" up", func(l netlink.Link) error { return d.rt.LinkSetUp(l) })
}

// without IPv6: no address comes by itself (IN6_ADDR_GEN_MODE_NONE, include/uapi/linux/if_link.h).
func (d *device) withoutIPv6() action {
	return d.on("link set "+d.name+" addrgenmode none", func(l netlink.Link) error {
		err := d.rt.LinkSetIP6AddrGenMode(l, 1)
		if err == unix.EAFNOSUPPORT || err == unix.EOPNOTSUPP {
			return nil // this kernel has no IPv6
		}
		return err
	})
}

// tries is how often a list is asked for that changes while it is told.
const tries = 200

// whole asks for a list until nothing has changed meanwhile (NLM_F_DUMP_INTR, netlink(7)).
func whole[T any](list func() ([]T, error)) ([]T, error) {
	for range tries {
		got, err := list()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return got, err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil, fmt.Errorf("it changed %d times while it was told: %w", tries, netlink.ErrDumpInterrupted)
}
