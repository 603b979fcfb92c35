package network

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// linkGroup marks the host's ends of all uplinks, for rules: what comes from one
// never goes to another (ip-link(8), group).
const linkGroup = 0x6a64

// An opening is what the host has to let through.
type opening struct {
	subnets  []netip.Prefix // of bridges with such runs
	gateways []netip.Addr
	allowed  []netip.Addr // addresses of the host's own that a policy names
	opened   []string     // interfaces of the host that judge made forward
}

// opening of all runs in the record.
func (l *ledger) opening() opening {
	var o opening
	for _, r := range l.those(func(r *record) bool { return r.Outside != 0 }) {
		lay := r.layout()
		o.subnets, o.gateways = append(o.subnets, lay.subnet), append(o.gateways, lay.gateway)
		for i := range min(int(r.AllowedCount), len(r.Allowed)) {
			o.allowed = append(o.allowed, netip.AddrFrom4(r.Allowed[i]))
		}
	}
	slices.SortFunc(o.subnets, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	slices.SortFunc(o.gateways, netip.Addr.Compare)
	slices.SortFunc(o.allowed, netip.Addr.Compare)
	o.subnets, o.gateways, o.allowed = slices.Compact(o.subnets), slices.Compact(o.gateways), slices.Compact(o.allowed)
	return o
}

// sum is 0 for nothing.
func (o opening) sum() uint32 {
	if len(o.subnets) == 0 {
		return 0
	}
	h := fnv.New32a()
	for _, r := range o.chains() {
		fmt.Fprintln(h, r.name, r.rules)
	}
	return max(h.Sum32(), 1)
}

// hostTable is the one in the host's own namespace.
func hostTable() *nftables.Table {
	return &nftables.Table{Name: "judge", Family: nftables.TableFamilyIPv4}
}

// A hostChain accepts what no rule drops: the host's firewall is not judge's.
type hostChain struct {
	name     string
	kind     nftables.ChainType
	hook     *nftables.ChainHook
	priority *nftables.ChainPriority
	rules    []rule
}

func fromRun() part  { return linkGroupPart(expr.MetaKeyIIFGROUP, "iifgroup", expr.CmpOpEq) }
func toRun() part    { return linkGroupPart(expr.MetaKeyOIFGROUP, "oifgroup", expr.CmpOpEq) }
func notToRun() part { return linkGroupPart(expr.MetaKeyOIFGROUP, "oifgroup !=", expr.CmpOpNeq) }

func linkGroupPart(key expr.MetaKey, text string, op expr.CmpOp) part {
	return part{fmt.Sprintf("%s %#x", text, linkGroup), []expr.Any{
		&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: op, Register: 1, Data: native(linkGroup)}}}
}

func masquerade() part { return part{"masquerade", []expr.Any{&expr.Masq{}}} }

func (o opening) chains() []hostChain {
	input := hostChain{name: "input", kind: nftables.ChainTypeFilter, hook: nftables.ChainHookInput, priority: nftables.ChainPriorityFilter}
	// Whatever addresses the host has, now or later, a run does not reach it by them. (By the gateway's, the hub decides.)
	for _, a := range append(slices.Clone(o.gateways), o.allowed...) {
		input.rules = append(input.rules, rule{fromRun(), is(offDest, a), accept()})
	}
	input.rules = append(input.rules, rule{fromRun(), drop()})
	forward := hostChain{name: "forward", kind: nftables.ChainTypeFilter, hook: nftables.ChainHookForward, priority: nftables.ChainPriorityFilter,
		rules: []rule{{fromRun(), toRun(), drop()}}} // to another bridge, where it would seem to be the host
	for _, name := range o.opened { // forwards to nobody else, as before
		forward.rules = append(forward.rules, rule{iif(name), notToRun(), drop()})
	}
	nat := hostChain{name: "postrouting", kind: nftables.ChainTypeNAT, hook: nftables.ChainHookPostrouting, priority: nftables.ChainPriorityNATSource}
	for _, s := range o.subnets {
		nat.rules = append(nat.rules, rule{within(offSource, s), notToRun(), masquerade()})
	}
	return []hostChain{input, forward, nat}
}
