package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A ruleset is a transaction of nftables: all that is in it is done, or nothing
// (NFNL_MSG_BATCH_BEGIN, include/uapi/linux/netfilter/nfnetlink.h). Numbers are big-endian there.
type ruleset struct {
	list []message
	what []string // each is, in errors
	err  error    // of the first that could not be put into words
}

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// nft is a message to nftables about a table.
func nft(kind, flags uint16, t *nftables.Table, attrs ...[]byte) message {
	body := []byte{byte(t.Family), unix.NFNETLINK_V0, 0, 0} // struct nfgenmsg
	return message{unix.NFNL_SUBSYS_NFTABLES<<8 | kind, flags, append(body, slices.Concat(attrs...)...)}
}

func nested(kind uint16, parts ...[]byte) []byte { return attr(kind|unix.NLA_F_NESTED, parts...) }

func (r *ruleset) add(what string, m message) {
	r.list, r.what = append(r.list, m), append(r.what, what)
}

func (r *ruleset) addTable(t *nftables.Table) {
	r.add("add table "+t.Name, nft(unix.NFT_MSG_NEWTABLE, unix.NLM_F_CREATE, t, attr(unix.NFTA_TABLE_NAME, text(t.Name))))
}

func (r *ruleset) deleteTable(t *nftables.Table) {
	r.add("delete table "+t.Name, nft(unix.NFT_MSG_DELTABLE, 0, t, attr(unix.NFTA_TABLE_NAME, text(t.Name))))
}

func (r *ruleset) addSet(s *nftables.Set) {
	flags := uint32(0)
	var more []byte
	if s.IsMap { // to verdicts
		flags |= unix.NFT_SET_MAP
		more = slices.Concat(attr(unix.NFTA_SET_DATA_TYPE, be32(unix.NFT_DATA_VERDICT)), attr(unix.NFTA_SET_DATA_LEN, be32(0)))
	}
	if s.Concatenation {
		flags |= nftables.NFT_SET_CONCAT
		var fields [][]byte
		for _, part := range nftables.ConcatSetTypeElements(s.KeyType) {
			fields = append(fields, nested(unix.NFTA_LIST_ELEM, attr(1, be32(part.Bytes)))) // NFTA_SET_FIELD_LEN
		}
		more = append(more, nested(unix.NFTA_SET_DESC, nested(nftables.NFTA_SET_DESC_CONCAT, fields...))...)
	}
	r.add("add set "+s.Name, nft(unix.NFT_MSG_NEWSET, unix.NLM_F_CREATE, s.Table, attr(unix.NFTA_SET_TABLE, text(s.Table.Name)),
		attr(unix.NFTA_SET_NAME, text(s.Name)), attr(unix.NFTA_SET_FLAGS, be32(flags)), attr(unix.NFTA_SET_KEY_TYPE, be32(s.KeyType.GetNFTMagic())),
		attr(unix.NFTA_SET_KEY_LEN, be32(s.KeyType.Bytes)), attr(unix.NFTA_SET_ID, be32(s.ID)), more))
}

// element is what the messages about one element have, with what it is mapped to.
func element(s *nftables.Set, key []byte, data ...[]byte) [][]byte {
	return [][]byte{attr(unix.NFTA_SET_ELEM_LIST_TABLE, text(s.Table.Name)), attr(unix.NFTA_SET_ELEM_LIST_SET, text(s.Name)),
		nested(unix.NFTA_SET_ELEM_LIST_ELEMENTS, nested(unix.NFTA_LIST_ELEM,
			append([][]byte{nested(unix.NFTA_SET_ELEM_KEY, attr(unix.NFTA_DATA_VALUE, key))}, data...)...))}
}

func (r *ruleset) addElement(s *nftables.Set, key []byte) {
	r.add("add an element to "+s.Name, nft(unix.NFT_MSG_NEWSETELEM, unix.NLM_F_CREATE, s.Table, element(s, key)...))
}

// addJump maps a key to a chain.
func (r *ruleset) addJump(s *nftables.Set, key []byte, chain string) {
	jump := int32(expr.VerdictJump)
	verdict := nested(unix.NFTA_DATA_VERDICT, attr(unix.NFTA_VERDICT_CODE, be32(uint32(jump))), attr(unix.NFTA_VERDICT_CHAIN, text(chain)))
	r.add("add an element to "+s.Name, nft(unix.NFT_MSG_NEWSETELEM, unix.NLM_F_CREATE, s.Table, element(s, key, nested(unix.NFTA_SET_ELEM_DATA, verdict))...))
}

func (r *ruleset) deleteElement(s *nftables.Set, key []byte) {
	r.add("delete an element of "+s.Name, nft(unix.NFT_MSG_DELSETELEM, 0, s.Table, element(s, key)...))
}

func chain(t *nftables.Table, name string, more ...[]byte) []byte {
	return slices.Concat(attr(unix.NFTA_CHAIN_TABLE, text(t.Name)), attr(unix.NFTA_CHAIN_NAME, text(name)), slices.Concat(more...))
}

func (r *ruleset) addChain(t *nftables.Table, name string) {
	r.add("add chain "+name, nft(unix.NFT_MSG_NEWCHAIN, unix.NLM_F_CREATE, t, chain(t, name)))
}

// addBase adds a chain that packets come to by themselves.
func (r *ruleset) addBase(t *nftables.Table, name string, kind nftables.ChainType, hook *nftables.ChainHook, priority *nftables.ChainPriority, policy nftables.ChainPolicy) {
	at := nested(unix.NFTA_CHAIN_HOOK, attr(unix.NFTA_HOOK_HOOKNUM, be32(uint32(*hook))), attr(unix.NFTA_HOOK_PRIORITY, be32(uint32(*priority))))
	r.add("add chain "+name, nft(unix.NFT_MSG_NEWCHAIN, unix.NLM_F_CREATE, t,
		chain(t, name, at, attr(unix.NFTA_CHAIN_POLICY, be32(uint32(policy))), attr(unix.NFTA_CHAIN_TYPE, text(string(kind))))))
}

func rulesOf(t *nftables.Table, chain string) []byte {
	return slices.Concat(attr(unix.NFTA_RULE_TABLE, text(t.Name)), attr(unix.NFTA_RULE_CHAIN, text(chain)))
}

func (r *ruleset) flush(t *nftables.Table, chain string) {
	r.add("flush chain "+chain, nft(unix.NFT_MSG_DELRULE, 0, t, rulesOf(t, chain)))
}

func (r *ruleset) addRule(t *nftables.Table, chain string, one rule) {
	var list [][]byte
	for _, e := range one.exprs() {
		b, err := expr.Marshal(byte(t.Family), e)
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("add rule %s %s: %w", chain, one, err)
		}
		list = append(list, nested(unix.NFTA_LIST_ELEM, b))
	}
	r.add("add rule "+chain+" "+one.String(), nft(unix.NFT_MSG_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_APPEND, t,
		rulesOf(t, chain), nested(unix.NFTA_RULE_EXPRESSIONS, list...)))
}

// commit has the kernel do all of it. Where it refuses the whole, that is said of the beginning alone.
func (w *wire) commit(r *ruleset) error {
	if r.err != nil || len(r.list) == 0 {
		return r.err
	}
	about := []byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, unix.NFNL_SUBSYS_NFTABLES}
	list := slices.Concat([]message{{unix.NFNL_MSG_BATCH_BEGIN, 0, about}}, r.list, []message{{unix.NFNL_MSG_BATCH_END, 0, about}})
	w.mu.Lock()
	defer w.mu.Unlock()
	var first error
	err := w.exchange(list, len(list)-2, func(n int, h header, body []byte) error {
		errno := errnoOf(body)
		switch {
		case h.kind != unix.NLMSG_ERROR || errno == 0 || first != nil:
		case n == 0:
			return errno
		default:
			first = fmt.Errorf("%s: %w", r.what[n-1], errno)
		}
		return nil
	})
	return errors.Join(first, err)
}
