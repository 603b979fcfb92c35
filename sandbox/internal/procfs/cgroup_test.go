package procfs

import "testing"

func TestCgroupOf(t *testing.T) {
	const both = "9:name=systemd:/\n4:memory:/m\n3:cpu,cpuacct:/docker/x:y\n0::/u\nodd\n"
	for _, tt := range []struct{ text, controller, want string }{
		{both, "cpu", "/docker/x:y"}, {both, "cpuacct", "/docker/x:y"}, {both, "memory", "/m"}, {both, "", "/u"},
		{both, "pids", ""}, {both, "mem", ""}, {both, "cpu,cpuacct", ""},
		{"0::/a b \n", "", "/a b "}, {"0::/a b", "", "/a b"}, {"12:memory:/x\n", "", ""}, {"10::/x\n", "", ""}, {"", "", ""}, {"", "cpu", ""},
	} {
		if got, ok := CgroupOf(tt.text, tt.controller); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q of %q: %q, %t, want %q", tt.controller, tt.text, got, ok, tt.want)
		}
	}
}
