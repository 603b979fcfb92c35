package network

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The way beyond the host is the one thing that leads through the host itself:
// a table of judge's, and forwarding. Both are there while a run has that way, and are
// made from the record alone, which says who has. Of what a killed judge left, the
// next one that gives a run a bridge takes care, or judge gc.

// settle brings the host to what the record wants: called with its lock held.
func (l *ledger) settle() error {
	o := l.opening()
	o.opened = l.opened()
	if len(o.subnets) == 0 {
		if l.head.Applied == 0 && len(o.opened) == 0 {
			return nil
		}
		return l.shut(o.opened)
	}
	rt, err := library()
	if err != nil {
		return err
	}
	defer rt.Close()
	toOpen, uplinks, err := interfaces(rt)
	if err != nil {
		return err
	}
	if forwards("all") { // somebody else wants it of all: it is no more judge's to take back
		o.opened = nil
	}
	for _, name := range toOpen {
		if !slices.Contains(o.opened, name) {
			o.opened = append(o.opened, name)
		}
	}
	sum := o.sum()
	if sum != l.head.Applied {
		// The guard before what it guards.
		if err := o.apply(); err != nil {
			return err
		}
	}
	l.setOpened(o.opened)
	l.head.Applied = sum
	if err := l.writeHead(); err != nil {
		return err
	}
	for _, name := range append(toOpen, uplinks...) {
		if err := sysctl("ipv4/conf/"+name+"/forwarding", "1"); err != nil {
			return err
		}
	}
	return nil
}

// shut takes everything back.
func (l *ledger) shut(opened []string) error {
	for _, name := range opened {
		if err := sysctl("ipv4/conf/"+name+"/forwarding", "0"); err != nil {
			return err
		}
	}
	r := &ruleset{}
	r.addTable(hostTable()) // it may be gone
	r.deleteTable(hostTable())
	if err := onHost(r); err != nil {
		return missing(fmt.Errorf("remove the host's table judge: %w", err))
	}
	l.setOpened(nil)
	l.head.Applied = 0
	return l.writeHead()
}

// apply replaces the host's table, at once.
func (o opening) apply() error {
	r, t := &ruleset{}, hostTable()
	r.addTable(t)
	r.deleteTable(t)
	r.addTable(t)
	for _, ch := range o.chains() {
		r.addBase(t, ch.name, ch.kind, ch.hook, ch.priority, nftables.ChainPolicyAccept)
		for _, one := range ch.rules {
			r.addRule(t, ch.name, one)
		}
	}
	if err := onHost(r); err != nil {
		return missing(fmt.Errorf("add the host's table judge: %w", err))
	}
	return nil
}

// onHost does it in the calling thread's namespace.
func onHost(r *ruleset) error {
	w, err := rulesSocket()
	if err != nil {
		return err
	}
	defer w.close()
	return w.commit(r)
}

// forwards says whether an interface, or "all", forwards (ip-sysctl.rst, forwarding).
func forwards(name string) bool {
	text, err := os.ReadFile("/proc/sys/net/ipv4/conf/" + name + "/forwarding")
	return err == nil && strings.TrimSpace(string(text)) == "1"
}

// interfaces are those that have to forward: closed are the ones by which answers from beyond
// may come, as the host has routes by them, and that do not forward yet; uplinks are judge's
// own, of which those of bridges without such runs send nothing that way.
func interfaces(rt *netlink.Handle) (closed, uplinks []string, err error) {
	links, err := whole(rt.LinkList)
	if err != nil {
		return nil, nil, fmt.Errorf("list the host's interfaces: %w", err)
	}
	routes, err := whole(func() ([]netlink.Route, error) { return rt.RouteList(nil, unix.AF_INET) })
	if err != nil {
		return nil, nil, fmt.Errorf("list the host's routes: %w", err)
	}
	for _, link := range links {
		a := link.Attrs()
		if a.Alias == alias {
			uplinks = append(uplinks, a.Name)
			continue
		}
		used := slices.ContainsFunc(routes, func(r netlink.Route) bool {
			return r.LinkIndex == a.Index || slices.ContainsFunc(r.MultiPath, func(n *netlink.NexthopInfo) bool { return n.LinkIndex == a.Index })
		})
		if used && a.Name != "lo" && !forwards(a.Name) {
			closed = append(closed, a.Name)
		}
	}
	if most := len(head{}.Opened); len(closed) > most {
		return nil, nil, &Unfit{What: fmt.Sprintf("network.bridge.internet: %d interfaces of this host do not forward", len(closed)),
			Hint: fmt.Sprintf("judge keeps account of %d at most: set net.ipv4.ip_forward=1 yourself", most)}
	}
	return closed, uplinks, nil
}

// opened are the interfaces that judge made forward.
func (l *ledger) opened() []string {
	var names []string
	for _, b := range l.head.Opened {
		if name := strings.TrimRight(string(b[:]), "\x00"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (l *ledger) setOpened(names []string) {
	clear(l.head.Opened[:])
	for i, name := range names[:min(len(names), len(l.head.Opened))] {
		copy(l.head.Opened[i][:15], name)
	}
}

// hostAddrs are the host's own addresses.
func hostAddrs() ([]netip.Addr, error) {
	rt, err := library()
	if err != nil {
		return nil, err
	}
	defer rt.Close()
	list, err := whole(func() ([]netlink.Addr, error) { return rt.AddrList(nil, unix.AF_INET) })
	if err != nil {
		return nil, fmt.Errorf("list the host's addresses: %w", err)
	}
	var addrs []netip.Addr
	for _, a := range list {
		if addr, ok := netip.AddrFromSlice(a.IP.To4()); ok && !addr.IsLoopback() {
			addrs = append(addrs, addr)
		}
	}
	return addrs, nil
}

// named are those of the host's addresses that the run's policy names as destinations.
func (m *member) named() []netip.Addr {
	var list []netip.Addr
	for _, a := range m.host {
		for _, e := range m.allow {
			if e.Net.Contains(a) {
				list = append(list, a)
				break
			}
		}
	}
	return list
}

// Tidy takes back what killed judges left: in this network namespace the way
// beyond the host; and files of namespaces in which no run is. It says what there was; with only
// set, it just says so.
func Tidy(dir string, held func(slot int) bool, only bool) ([]string, error) {
	own, err := ledgerName(dir)
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "network-*"))
	if err != nil {
		return nil, fmt.Errorf("list the records of networks: %w", err)
	}
	var list []string
	var errs []error
	for _, name := range names {
		what, err := tidy(name, name == own, held, only)
		errs = append(errs, err)
		if what != "" {
			list = append(list, what)
		}
	}
	return list, errors.Join(errs...)
}

func tidy(name string, own bool, held func(slot int) bool, only bool) (string, error) {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return "", nil // another has removed it
	}
	l, err := openNamed(name, held)
	if err != nil {
		return "", err
	}
	defer l.close()
	what := ""
	switch {
	case !l.empty():
		return "", nil
	case l.unused():
		what = name
	case own:
		what = "table ip judge, and forwarding"
	default:
		return "", nil // only a judge there can take it back
	}
	if only {
		return what, nil
	}
	return what, errors.Join(l.settle(), l.removeUnused())
}
