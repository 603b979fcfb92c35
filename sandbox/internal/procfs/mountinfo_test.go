package procfs

import (
	"reflect"
	"testing"
)

func TestParseMount(t *testing.T) {
	for _, tt := range []struct {
		line string
		want Mount
	}{
		{"36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n",
			Mount{Point: `/a b\c`, Kind: "ext3", Source: "/dev/root", Options: []string{"rw", "noatime"}, Super: []string{"rw", "errors=continue"}}},
		{"31 26 0:42 / / ro - tmpfs t\\011\\012 rw",
			Mount{Point: "/", Kind: "tmpfs", Source: "t\t\n", Options: []string{"ro"}, Super: []string{"rw"}}},
		{"31 26 0:42 / / ro - tmpfs none", Mount{Point: "/", Kind: "tmpfs", Source: "none", Options: []string{"ro"}}},
		{"31 26 0:42 / / ro tmpfs none rw", Mount{}},
		{"31 26 0:42 / / - tmpfs none rw", Mount{}},
		{"", Mount{}},
	} {
		got, ok := ParseMount([]byte(tt.line))
		if !reflect.DeepEqual(got, tt.want) || ok != (tt.want.Point != "") {
			t.Errorf("%q: %+v %v", tt.line, got, ok)
		}
	}
}

func TestEscape(t *testing.T) {
	for plain, escaped := range map[string]string{"/usr": "/usr", "/a b\tc\nd\\e": `/a\040b\011c\012d\134e`, `/\040`: `/\134040`} {
		if got := Escape(plain); got != escaped {
			t.Errorf("%q is escaped as %q", plain, got)
		}
		if got := Unescape(escaped); got != plain {
			t.Errorf("%q is unescaped as %q", escaped, got)
		}
	}
}
