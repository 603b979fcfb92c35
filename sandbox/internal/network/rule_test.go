package network

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/nftables/expr"

	"judge/policy"
)

func aMember(b policy.Bridge) *member {
	n := Preview(Config{Bridge: b})
	n.m.host = nil // this machine's
	return &n.m
}

// TestRunRules: what a run may send, and what comes to it, as nft(8) writes it.
func TestRunRules(t *testing.T) {
	const (
		answer = `oifname "uplink" ct state established,related ct direction reply ct mark 1 accept`
		refuse = "counter\nmeta l4proto tcp reject with tcp reset\nreject with icmp admin-prohibited"
	)
	for _, tt := range []struct {
		name   string
		bridge policy.Bridge
		want   string
	}{
		{"alone", policy.Bridge{}, answer + "\n" + refuse},
		{"in groups", policy.Bridge{Groups: []string{"a", "b"}},
			"oifname \"judge0\" ip daddr @g-a accept\noifname \"judge0\" ip daddr @g-b accept\n" + answer + "\n" + refuse},
		{"the host's services", policy.Bridge{HostAccess: true}, answer + "\noifname \"uplink\" ip daddr 10.200.0.1 ct mark set 1 accept\n" + refuse},
		{"destinations", policy.Bridge{Internet: true, Allow: []string{"10.0.0.5:443/tcp", "10.0.0.0/8:8000-8999/udp", "192.0.2.1/icmp", "192.0.2.0/24"}},
			answer + `
oifname "uplink" ip daddr 10.0.0.5 meta l4proto tcp th dport 443 ct mark set 1 accept
oifname "uplink" ip daddr 10.0.0.0/8 meta l4proto udp th dport 8000-8999 ct mark set 1 accept
oifname "uplink" ip daddr 192.0.2.1 meta l4proto icmp ct mark set 1 accept
oifname "uplink" ip daddr 192.0.2.0/24 ct mark set 1 accept
` + refuse},
		{"everything", policy.Bridge{Internet: true}, answer + `
oifname "uplink" ip daddr != 0.0.0.0/8 ip daddr != 127.0.0.0/8 ip daddr != 169.254.0.0/16 ip daddr != 224.0.0.0/3 ip daddr != 10.200.0.1 ct mark set 1 accept
` + refuse},
	} {
		m := aMember(tt.bridge)
		var lines []string
		for _, r := range m.fromRules() {
			lines = append(lines, r.String())
		}
		if got := strings.Join(lines, "\n"); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
	var lines []string
	for _, r := range aMember(policy.Bridge{}).toRules() {
		lines = append(lines, r.String())
	}
	if got := strings.Join(lines, "\n"); got != "ip saddr 10.200.0.1 ct state new ct mark set 1 accept\nct state established,related ct mark 1 accept\ndrop" {
		t.Errorf("to the run:\n%s", got)
	}
}

// Whatever is let through to the uplink bears the run's number, or is an answer
// that does; and everything else is counted.
func TestOutsideIsMarked(t *testing.T) {
	for _, b := range []policy.Bridge{{}, {Internet: true}, {HostAccess: true, Groups: []string{"g"}}, {Allow: []string{"10.0.0.5"}}} {
		rules := aMember(b).fromRules()
		for _, r := range rules {
			if text := r.String(); strings.HasPrefix(text, `oifname "uplink"`) && !strings.Contains(text, "ct mark ") {
				t.Errorf("%+v: %s", b, text)
			}
		}
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.String() == "counter" }) {
			t.Errorf("%+v: nothing is counted", b)
		}
	}
}

// The frame's addresses and its port make one key, in whole words.
func TestPortKey(t *testing.T) {
	key := portKey("r7.1", netip.MustParseAddr("10.200.0.9"))
	if len(key) != 28 || string(key[:5]) != "r7.1\x00" || !slices.Equal(key[16:], []byte{0x02, 0x6a, 10, 200, 0, 9, 0, 0, 10, 200, 0, 9}) {
		t.Errorf("%q", key)
	}
}

func TestNot(t *testing.T) {
	p := within(offDest, netip.MustParsePrefix("169.254.0.0/16"))
	n := not(p)
	if n.text != "ip daddr != 169.254.0.0/16" || n.exprs[2].(*expr.Cmp).Op != expr.CmpOpNeq || p.exprs[2].(*expr.Cmp).Op != expr.CmpOpEq {
		t.Errorf("%q, %+v of %+v", n.text, n.exprs[2], p.exprs[2])
	}
}

func bridgeThatAllows(list ...string) policy.Bridge { return policy.Bridge{Allow: list} }
