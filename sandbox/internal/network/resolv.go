package network

import (
	"net/netip"
	"os"
	"strings"

	"judge/policy"
)

// noServers is what /etc/resolv.conf says where nobody answers.
const noServers = "# this run reaches no name server\n"

// Resolv is the run's /etc/resolv.conf: where it reaches beyond the host, the
// host's name servers, but for those that answer on the host's loopback alone.
func Resolv(b policy.Bridge) string {
	if !outside(b) {
		return noServers
	}
	// The second is what systemd-resolved hides behind 127.0.0.53 (systemd-resolved.service(8)).
	for _, file := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if servers := reachable(string(text)); servers != "" {
			return servers
		}
	}
	return noServers
}

// outside says whether the run reaches anything beyond the host.
func outside(b policy.Bridge) bool { return b.Internet || len(b.Allow) > 0 }

// reachable keeps name servers that a run can reach, and what goes with them; "" if there are none.
func reachable(text string) string {
	var out strings.Builder
	any := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "nameserver":
			a, err := netip.ParseAddr(f[1])
			if err != nil || !a.Is4() || a.IsLoopback() {
				continue
			}
			any = true
		case "search", "domain", "options":
		default:
			continue
		}
		out.WriteString(strings.Join(f, " ") + "\n")
	}
	if !any {
		return ""
	}
	return out.String()
}
