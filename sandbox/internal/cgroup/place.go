package cgroup

import (
	"errors"
	"fmt"
	"strings"
)

// A node is a cgroup of v2 on the way from the one that judge is in up to the
// highest that it can see.
type node struct {
	path   string // below the mount; "/" is the highest
	own    bool   // judge's user owns it and may make cgroups and move processes in it
	marked bool   // systemd says that it was delegated
}

// A situation is what the choice of a place depends on.
type situation struct {
	nodes []node // judge's own first; none if it lies above what the mount shows
	top   bool   // the highest is the host's, not a container's, and judge may make cgroups in it
	root  bool   // judge is the host's root
	scope bool   // there is a systemd that can be asked for a scope
}

// A choice of a place.
type choice struct {
	path  string // below the mount, or "" for none
	scope bool   // ask for a scope, and put it there
}

// errNoPlace says why a user has no cgroup to make others in.
var errNoPlace = errors.New("no cgroup is this user's to make others in")

// choose decides where judge's cgroups go: into a subtree that was handed to
// judge; else, for a user, into a scope of systemd's; else, for root, at the top.
//
// Root is not given a scope: asking for one takes milliseconds in each run, and
// what judge makes at the top systemd leaves alone, as it does every cgroup that
// is not a unit's. Who wants root's runs below a unit starts judge in one with
// Delegate=yes, or names a cgroup.
func choose(s situation) (choice, error) {
	top := -1 // the highest of the own ones that hang together
	for i, n := range s.nodes {
		if !n.own {
			break
		}
		if n.marked && !isManager(n.path) {
			return choice{path: n.path}, nil
		}
		top = i
	}
	switch {
	case s.root && s.top:
		return choice{path: "/"}, nil
	case top >= 0 && !isManager(s.nodes[top].path):
		// Nobody but systemd (which gives a user no cgroup without delegating it) or another who
		// wanted it so makes a user the owner. In a container the highest is root's.
		return choice{path: s.nodes[top].path}, nil
	case s.scope:
		return choice{scope: true}, nil
	case len(s.nodes) == 0:
		return choice{}, fmt.Errorf("%w: judge's own lies outside of what is mounted", errNoPlace)
	}
	return choice{}, fmt.Errorf("%w: %s, where judge is, was not delegated to this user", errNoPlace, s.nodes[0].path)
}

// isManager: user@UID.service is delegated to the user's systemd, and all units
// in it are that one's to manage (systemd, docs/CGROUP_DELEGATION.md: a single
// writer).
func isManager(path string) bool {
	base := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(base, "user@") && strings.HasSuffix(base, ".service")
}

// ancestors of a cgroup's path as /proc/self/cgroup has it, itself first. A path
// that begins with /.. lies above the root of judge's cgroup namespace
// (cgroup_namespaces(7)).
func ancestors(path string) []string {
	if path == "" || path == "/.." || strings.HasPrefix(path, "/../") {
		return nil
	}
	var list []string
	for path != "/" && path != "" {
		list = append(list, path)
		path = path[:strings.LastIndexByte(path, '/')]
	}
	return append(list, "/")
}
