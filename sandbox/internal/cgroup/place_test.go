package cgroup

import (
	"errors"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	// path, then + for an own cgroup, ! for one that was marked as delegated
	nodes := func(words ...string) (list []node) {
		for _, w := range words {
			path := strings.TrimRight(w, "+!")
			list = append(list, node{path: path, own: strings.Contains(w, "+"), marked: strings.Contains(w, "!")})
		}
		return list
	}
	const none, scope = "none", "scope"
	tests := []struct {
		name string
		s    situation
		want string
	}{
		{"root in a session", situation{nodes: nodes("/user.slice/user-0.slice/session-1.scope+", "/user.slice/user-0.slice+", "/user.slice+", "/+"), root: true, top: true, scope: true}, "/"},
		{"root in a service with delegation", situation{nodes: nodes("/system.slice/grader.service+!", "/system.slice+", "/+"), root: true, top: true}, "/system.slice/grader.service"},
		{"root below a service with delegation", situation{nodes: nodes("/system.slice/grader.service/main+", "/system.slice/grader.service+!", "/system.slice+", "/+"), root: true, top: true}, "/system.slice/grader.service"},
		{"root in a user's unit", situation{nodes: nodes("/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope!", "/user.slice/user-1000.slice/user@1000.service!", "/user.slice/user-1000.slice+", "/user.slice+", "/+"), root: true, top: true}, "/"},
		{"root in root's own manager", situation{nodes: nodes("/user.slice/user-0.slice/user@0.service/app.slice+", "/user.slice/user-0.slice/user@0.service+!", "/user.slice/user-0.slice+", "/user.slice+", "/+"), root: true, top: true}, "/"},
		{"root without systemd", situation{nodes: nodes("/+"), root: true, top: true}, "/"},
		{"root, where cgroups are to be read only", situation{nodes: nodes("/system.slice/x.service", "/system.slice", "/"), root: true}, none},
		{"root outside of its cgroup namespace", situation{root: true, top: true}, "/"},
		{"root of a container", situation{nodes: nodes("/+"), root: true}, "/"},
		{"root of a container, below its top", situation{nodes: nodes("/outside+", "/+"), root: true}, "/"},
		{"root of a container with cgroups to read", situation{nodes: nodes("/"), root: true}, none},
		{"a user's session", situation{nodes: nodes("/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice", "/user.slice", "/"), scope: true}, scope},
		{"the same without a bus", situation{nodes: nodes("/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice", "/user.slice", "/")}, none},
		{"a user's terminal", situation{nodes: nodes("/user.slice/user-1000.slice/user@1000.service/app.slice/vte.scope+", "/user.slice/user-1000.slice/user@1000.service/app.slice+", "/user.slice/user-1000.slice/user@1000.service+!", "/user.slice/user-1000.slice", "/user.slice", "/"), scope: true}, scope},
		{"the same without a bus", situation{nodes: nodes("/user.slice/user-1000.slice/user@1000.service/app.slice+", "/user.slice/user-1000.slice/user@1000.service+!", "/user.slice/user-1000.slice", "/")}, none},
		{"a scope that a user was given", situation{nodes: nodes("/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope+!", "/user.slice/user-1000.slice/user@1000.service/app.slice+", "/user.slice/user-1000.slice/user@1000.service+!", "/"), scope: true}, "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope"},
		{"in it, once judge has moved what was there", situation{nodes: nodes("/a.slice/run-r1.scope/outside+", "/a.slice/run-r1.scope+!", "/a.slice+", "/"), scope: true}, "/a.slice/run-r1.scope"},
		{"a service of a user's, before systemd 252", situation{nodes: nodes("/system.slice/grader.service+", "/system.slice", "/"), scope: true}, "/system.slice/grader.service"},
		{"a cgroup that root made a user's", situation{nodes: nodes("/vm.slice/cmd.scope/outside+", "/vm.slice/cmd.scope+", "/vm.slice", "/")}, "/vm.slice/cmd.scope"},
		{"a user's that do not hang together", situation{nodes: nodes("/a/b", "/a+", "/")}, none},
		{"a user outside of the cgroup namespace", situation{scope: false}, none},
		{"a user outside of it, with a bus", situation{scope: true}, scope},
	}
	for _, tt := range tests {
		c, err := choose(tt.s)
		got := c.path
		switch {
		case c.scope:
			got = scope
		case errors.Is(err, errNoPlace):
			got = none
		case err != nil:
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAncestors(t *testing.T) {
	for path, want := range map[string]string{
		"/": "/", "/a": "/a /", "/a/b.c": "/a/b.c /a /", "": "", "/..": "", "/../x": "", "/..x": "/..x /",
	} {
		if got := strings.Join(ancestors(path), " "); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
