package policy

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// full is a policy in which every field is set, to a value that a file could
// give it.
func full(t *testing.T) Policy {
	t.Helper()
	p, err := Decode("full.toml", `
oom = "process"
enforce = "all"
locked = true
limits = {cpu_time = "1h1m", wall_time = "3h", idle_time = "1h0m1s", memory = "1MiB", pids = 1, cpus = 0.25, cpuset = "1", output = 1, file_size = 2, disk = "1MB", inodes = 16, stack = "1GB", open_files = 4}
filesystem = {rootfs = "r", workdir = "/w", box = "/b", proc = "pids", sys = "ro", bind = [{source = "a\u007f\"\\ü", target = "/a"}, {source = "/b", target = "/c", readonly = false}]}
network = {mode = "bridge", loopback = true, bridge = {name = "br", subnet = "10.9.0.0/16", gateway = "10.9.0.1", internet = true, allow = ["10.0.0.5:443/tcp"], host_access = true, groups = ["g"], rate = "1MiB", publish = "none"}, allow_host = true}
namespaces = {user = true, time = true}
identity = {uid = 1, gid = 2, hostname = "h"}
environment = {set = {A = "1", "B.C" = "x\ny"}, pass = ["P"]}
seccomp = {default = "kill", allow = ["@a", "read"], deny = ["b"], rules = [{calls = ["c"], when = ["arg0 == 1"], action = "log"}, {calls = ["d", "e"], action = "kill"}]}
`)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTOMLRoundTrip(t *testing.T) {
	policies := map[string]Policy{"full": full(t)}
	for _, name := range Names() {
		policies[name], _ = Builtin(name)
	}
	noWall := full(t)
	noWall.Limits.WallTime = NoWallTime
	policies["no wall time"] = noWall
	for name, p := range policies {
		t.Run(name, func(t *testing.T) {
			text := p.TOML()
			again, err := Decode("again.toml", text)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if !reflect.DeepEqual(again, p) {
				t.Errorf("\n%s\nis read as\n%+v\nwant\n%+v", text, again, p)
			}
			if again.TOML() != text || again.Digest() != p.Digest() {
				t.Errorf("the text is not canonical:\n%s\n%s", text, again.TOML())
			}
		})
	}
}

func TestTOMLGolden(t *testing.T) {
	p := full(t)
	p.Seccomp.Allow = nil
	for i := range 20 {
		p.Seccomp.Allow = append(p.Seccomp.Allow, fmt.Sprintf("call_%d", i))
	}
	want := `name = "full"
locked = true
oom = "process"
enforce = "all"

[limits]
cpu_time = "1h1m"
wall_time = "3h"
idle_time = "1h0m1s"
memory = "1MiB"
pids = 1
cpus = 0.25
cpuset = "1"
output = "1"
file_size = "2"
disk = "1MB"
inodes = 16
stack = "1GB"
open_files = 4

[filesystem]
rootfs = "r"
workdir = "/w"
box = "/b"
proc = "pids"
sys = "ro"
dev = "minimal"
tmp = true
shm = true
bind = [
  {source = "a\u007F\"\\ü", target = "/a", readonly = true},
  {source = "/b", target = "/c", readonly = false},
]

[network]
mode = "bridge"
loopback = true
allow_host = true

[network.bridge]
name = "br"
subnet = "10.9.0.0/16"
gateway = "10.9.0.1"
internet = true
allow = ["10.0.0.5:443/tcp"]
host_access = true
groups = ["g"]
rate = "1MiB"
publish = "none"

[namespaces]
user = true
cgroup = true
time = true

[identity]
uid = 1
gid = 2
hostname = "h"

[environment]
set = {A = "1", "B.C" = "x\u000Ay"}
pass = ["P"]

[landlock]
enabled = true
rootfs = "rw"

[seccomp]
default = "kill"
allow = [
  "call_0", "call_1", "call_2", "call_3", "call_4", "call_5", "call_6", "call_7", "call_8", "call_9",
  "call_10", "call_11", "call_12", "call_13", "call_14", "call_15", "call_16", "call_17", "call_18", "call_19",
]
deny = ["b"]
rules = [
  {calls = ["c"], when = ["arg0 == 1"], action = "log"},
  {calls = ["d", "e"], action = "kill"},
]
`
	if got := p.TOML(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDigestForm(t *testing.T) {
	d := full(t).Digest()
	if !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(d) {
		t.Errorf("digest %q", d)
	}
}

func TestDigestIgnoresForm(t *testing.T) {
	texts := []string{
		"name = \"x\"\n[limits]\npids = 3\nmemory = \"1GiB\"\n[seccomp]\ndefault = \"kill\"\nallow = [\"a\", \"b\"]\n[environment]\nset = {A = \"1\", B = \"2\"}",
		"# other\n[seccomp]\nallow = [\"b\", \"a\", \"b\"]\ndefault = 'kill'\n[environment.set]\nB = \"2\"\nA = \"1\"\n[limits]\nmemory = 1_073_741_824\npids = 0x3\n[network]\nmode = \"none\"",
	}
	var digests []string
	for _, text := range texts {
		p, err := Decode("x.toml", text)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, p.Digest())
	}
	if digests[0] != digests[1] {
		t.Errorf("digests differ: %v", digests)
	}
}

// TestDigestCoversEveryField changes each field of a policy in turn, whatever
// fields there are, and wants another digest each time: a field that is added
// and forgotten in the table of keys fails here.
func TestDigestCoversEveryField(t *testing.T) {
	count := 0
	for path := range leaves(reflect.ValueOf(new(full(t))).Elem(), "Policy") {
		p := full(t)
		if path == "Policy.Limits.MemoryPercent" {
			p.Limits.Memory = 0 // one or the other
		}
		before := p.Digest()
		for at, leaf := range leaves(reflect.ValueOf(&p).Elem(), "Policy") {
			if at == path {
				change(t, leaf)
			}
		}
		if p.Digest() == before {
			t.Errorf("the digest does not cover %s", path)
		}
		count++
	}
	if count < 45 {
		t.Errorf("only %d fields found", count)
	}
}

// leaves gives every field in v that holds no other, with its name. Of lists
// that is each element's fields, and the list itself.
func leaves(v reflect.Value, path string) func(func(string, reflect.Value) bool) {
	return func(yield func(string, reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				for p, leaf := range leaves(v.Field(i), path+"."+v.Type().Field(i).Name) {
					if !yield(p, leaf) {
						return
					}
				}
			}
		case reflect.Slice:
			if !yield(path, v) {
				return
			}
			for i := range v.Len() {
				for p, leaf := range leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i)) {
					if !yield(p, leaf) {
						return
					}
				}
			}
		default:
			yield(path, v)
		}
	}
}

// change gives a field another value.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + int64(time.Millisecond))
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Slice:
		v.Set(reflect.AppendSlice(v.Slice(0, v.Len()), reflect.MakeSlice(v.Type(), 1, 1)))
	case reflect.Map:
		v.SetMapIndex(reflect.ValueOf("new"), reflect.ValueOf(""))
	default:
		t.Fatalf("a policy has a field of kind %s: teach this test", v.Kind())
	}
}

// FuzzDecode holds that no text makes the decoder panic, that each mistake has
// a place in the text, that the scanner finds what the library decoded, and
// that what is accepted comes through TOML unchanged.
func FuzzDecode(f *testing.F) {
	for _, name := range Names() {
		text, _ := Source(name)
		f.Add(text)
	}
	f.Add("[[filesystem.bind]]\nsource = \"a\"\ntarget = \"/a\"\n[environment.set]\n\"a b\" = '''x'''\n")
	f.Add("[limits]\nmemory = \"50%\"\nwall_time = \"unlimited\"\ncpuset = \"0-3\"\ncputime = 3\n")
	f.Add("seccomp.rules = [{calls = [\"a\"], when = [\"arg0 & 0x1 == 1\"], action = \"errno:EIO\"}]")
	f.Fuzz(func(t *testing.T, text string) {
		if file, err := parse("f.toml", "", text); err == nil {
			at := places(file.text)
			everyPath("", file.tree, func(path string) {
				if _, ok := at[path]; !ok {
					t.Errorf("no place for %s in %q", path, text)
				}
			})
			if _, ok := file.tree["extends"]; ok {
				return // would read files
			}
		}
		p, err := Decode("", text)
		if err != nil {
			errs, ok := err.(FileErrors)
			if !ok || len(errs) == 0 || errs.Error() == "" {
				t.Fatalf("error %#v", err)
			}
			for _, e := range errs {
				if e.Line > strings.Count(text, "\n")+1 {
					t.Errorf("%v is after the end of %q", e, text)
				}
			}
			return
		}
		if err := p.Check(); err != nil {
			t.Fatalf("accepted %q, but %v", text, err)
		}
		again, err := Decode("", p.TOML())
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("%q\nis %+v\nwritten\n%s\nread as %+v, %v", text, p, p.TOML(), again, err)
		}
	})
}
