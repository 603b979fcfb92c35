package main

import (
	"strings"
	"testing"
)

func TestRefuse(t *testing.T) {
	for _, test := range []struct{ flags, want string }{ // want is a part of the error, "" for none
		{"", ""},
		{"-q --memory 64MiB --tty", ""},
		{"-qv --memory=64MiB --env A=b --env C", ""},
		{"--hostname -p", ""}, // a value, whatever it looks like
		{"--env --policy", ""},
		{"stray", `got "stray" too`},
		{"--memory 64MiB stray", `got "stray" too`},
		{"--memory=64MiB stray", `got "stray" too`},
		{"--pretty stray", `got "stray" too`},
		{"-q stray", `got "stray" too`},
		{"-q --", `got "--" too`},
		{"--memory", "--memory has no value"},
		{"--pretty --env", "--env has no value"},
		{"--policy strict", "--policy: the bundle says that"},
		{"--rootfs=/", "--rootfs: the bundle says that"},
		{"-qp strict", "-qp: the bundle says that"},
	} {
		err := refuse(strings.Fields(test.flags))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.flags, err, test.want)
		}
	}
}
