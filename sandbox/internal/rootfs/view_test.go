package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// tree makes directories (names that end in a slash), links ("name -> target")
// and files.
func tree(t *testing.T, dir string, entries ...string) string {
	t.Helper()
	for _, e := range entries {
		name, target, link := strings.Cut(e, " -> ")
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case link:
			err = errors.Join(err, os.Symlink(target, path))
		case strings.HasSuffix(name, "/"):
			err = errors.Join(err, os.MkdirAll(path, 0o755))
		default:
			err = errors.Join(err, os.WriteFile(path, []byte(name), 0o755))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLookup(t *testing.T) {
	outside := tree(t, t.TempDir(), "secret")
	root := tree(t, t.TempDir(), "usr/bin/prog", "usr/bin/sub/", "bin -> usr/bin", "abs -> /usr/bin/prog", "rel -> usr/../usr/bin/prog", "up -> ../../../usr/bin/prog",
		"usr/bin/cc -> /etc/alternatives/cc", "etc/alternatives/cc -> /bin/prog", "out -> "+outside+"/secret", "far -> "+strings.Repeat("../", 20)+outside[1:]+"/secret",
		"loop -> loop", "a -> b", "b -> a", "gone -> nowhere", "l0 -> usr/bin/prog")
	for i := range 41 {
		tree(t, root, "l"+string(rune('A'+i))+" -> "+map[bool]string{true: "l0", false: "l" + string(rune('A'+i-1))}[i == 0])
	}
	usr := filepath.Join(root, "usr")
	views := map[string]*View{
		"directory": {Root: plan.Root{Lower: root}},
		"trees": {Root: plan.Root{Trees: []plan.Tree{{Source: usr, Target: "usr"}, {Source: filepath.Join(root, "etc"), Target: "etc"}},
			Links: []plan.Link{{Name: "bin", Target: "usr/bin"}}}},
	}
	tests := []struct {
		name, want string // below the root; "" if the run would not see it
		is         error
		only       string // one view
	}{
		{"/usr/bin/prog", "usr/bin/prog", nil, ""},
		{"/bin/prog", "usr/bin/prog", nil, ""},
		{"//bin//./prog", "usr/bin/prog", nil, ""},
		{"/bin/../bin/prog", "usr/bin/prog", nil, ""}, // .. of what the link leads to
		{"/bin/../prog", "", fs.ErrNotExist, ""},
		{"/../../bin/prog", "usr/bin/prog", nil, ""},
		{"/bin/cc", "usr/bin/prog", nil, ""},
		{"/usr/bin/sub", "usr/bin/sub", nil, ""},
		{"/usr/bin/none", "", fs.ErrNotExist, ""},
		{"/usr/bin/prog/x", "", unix.ENOTDIR, ""},
		{"/etc", "etc", nil, ""},
		{"/abs", "usr/bin/prog", nil, "directory"},
		{"/rel", "usr/bin/prog", nil, "directory"},
		{"/up", "usr/bin/prog", nil, "directory"},
		{"/out", "", fs.ErrNotExist, "directory"},
		{"/far", "", fs.ErrNotExist, "directory"},
		{"/gone", "", fs.ErrNotExist, "directory"},
		{"/loop", "", unix.ELOOP, "directory"},
		{"/a", "", unix.ELOOP, "directory"},
		{"/lA", "usr/bin/prog", nil, "directory"},
		{"/l" + string(rune('A'+38)), "usr/bin/prog", nil, "directory"}, // 40 links
		{"/l" + string(rune('A'+39)), "", unix.ELOOP, "directory"},
		{"/abs", "", fs.ErrNotExist, "trees"}, // is there on the host, and not in the view
		{"/usrx", "", fs.ErrNotExist, "trees"},
		{outside + "/secret", "", fs.ErrNotExist, ""},
	}
	for kind, v := range views {
		for _, tt := range tests {
			if tt.only != "" && tt.only != kind {
				continue
			}
			host, info, err := v.Lookup(tt.name)
			if !errors.Is(err, tt.is) || (err == nil) != (tt.is == nil) {
				t.Errorf("%s: look up %s: %v, want %v", kind, tt.name, err, tt.is)
				continue
			}
			if err == nil && (host != filepath.Join(root, tt.want) || info.Mode().Type() == fs.ModeSymlink) {
				t.Errorf("%s: %s is %s, %v, want %s", kind, tt.name, host, info.Mode(), tt.want)
			}
		}
	}
}

func TestFindInPath(t *testing.T) {
	root := tree(t, t.TempDir(), "usr/bin/prog", "usr/bin/plain", "opt/bin/prog", "usr/bin/dir/", "bin -> usr/bin", "usr/bin/link -> prog", "usr/bin/broken -> none")
	if err := os.Chmod(filepath.Join(root, "usr/bin/plain"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := &View{Root: plan.Root{Lower: root}}
	for _, tt := range []struct{ name, path, want string }{
		{"prog", "/opt/bin:/bin", "/opt/bin/prog"},
		{"prog", "/none:/bin:/opt/bin", "/bin/prog"},
		{"link", "/bin", "/bin/link"},
		{"plain", "/bin", ""},
		{"dir", "/bin", ""},
		{"broken", "/bin", ""},
		{"none", "/bin", ""},
		{"prog", "", ""},
	} {
		if got, ok := v.FindInPath(tt.name, tt.path); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s in %q: %q, %t, want %q", tt.name, tt.path, got, ok, tt.want)
		}
	}
}

func TestDirectory(t *testing.T) {
	dir := tree(t, t.TempDir(), "good/proc/", "none/", "file", "link/proc -> /proc", "fileproc/proc")
	for _, tt := range []struct {
		name string
		proc bool
		ok   bool
	}{
		{"good", true, true}, {"none", true, false}, {"none", false, true}, {"file", true, false}, {"file", false, false},
		{"missing", false, false}, {"link", true, false}, {"fileproc", true, false},
	} {
		v, err := Directory(filepath.Join(dir, tt.name), tt.proc, Own{Dir: t.TempDir()})
		var bad *DirError
		if (err == nil) != tt.ok || err != nil && (!errors.As(err, &bad) || bad.Hint == "" || bad.Problem == "") {
			t.Errorf("%s, proc needed: %t: %v", tt.name, tt.proc, err)
		}
		if err == nil && v.Root.Lower != filepath.Join(dir, tt.name) {
			t.Errorf("%s is %s", tt.name, v.Root.Lower)
		}
	}
}

// TestHostViewHoldsNothingPrivate looks at what this host would show.
func TestHostViewHoldsNothingPrivate(t *testing.T) {
	v, err := Host(Own{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for _, tree := range v.Root.Trees {
		switch tree.Target {
		case "usr", "bin", "sbin", "lib", "lib64", "lib32", "libx32", "etc", "nix/store", "gnu/store":
		default:
			t.Errorf("the run sees %s of the host", tree.Source)
		}
	}
	for _, name := range []string{"shadow", "gshadow", "ssh", "sudoers", "sudoers.d", "machine-id", "fstab", "mtab",
		"environment", "crontab", "cron.d", "systemd", "pam.d", "ssl/private", "NetworkManager", "docker", "kubernetes", "krb5.keytab", "issue", "motd", "subuid"} {
		if _, _, err := v.Lookup("/etc/" + name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("/etc/%s is shown: %v", name, err)
		}
	}
	for _, name := range []string{"passwd", "group", "resolv.conf"} { // places for the run's own
		if _, info, err := v.Lookup("/etc/" + name); err != nil || info.Size() > 0 {
			t.Errorf("/etc/%s is not empty: %v %v", name, info, err)
		}
	}
	for _, name := range []string{"/root", "/home", "/var/log", "/run", "/proc/1", "/sys", "/boot", "/tmp", "/dev/sda", "/opt", "/srv", "/mnt"} {
		if host, _, err := v.Lookup(name); err == nil {
			t.Errorf("%s is shown, it is %s", name, host)
		}
	}
	if host, _, err := v.Lookup("/bin/sh"); err != nil {
		t.Errorf("/bin/sh is %s, %v", host, err)
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range v.Root.Trees {
		if tree.Target != "etc" {
			continue
		}
		err := filepath.WalkDir(tree.Source, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if len(name) > 4 && strings.Contains(string(data), name) {
				t.Errorf("%s holds this machine's name", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestBelow(t *testing.T) {
	const mountinfo = `25 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw
26 25 259:3 / /usr rw,relatime shared:2 - ext4 /dev/usr rw
30 26 0:40 / /usr/local/data rw,relatime - tmpfs none rw
29 26 0:41 / /usr/local rw,relatime shared:5 master:1 - tmpfs none rw
31 26 0:42 / /usr/with\040space rw,relatime - ext4 /dev/x rw
32 26 0:43 / /usr/local rw,relatime - ext4 /dev/over rw
33 25 0:44 / /usr2/other rw,relatime - ext4 /dev/y rw
34 26 0:22 / /usr/proc rw - proc proc rw
35 26 0:23 / /usr/auto rw - autofs systemd-1 rw
36 25 0:45 / /srv/usr/below rw - ext4 /usr/dev rw
37 25 8:1 /opt/tool /usr/bin/tool rw,relatime - ext4 /dev/root rw
a line that is none: /usr/ - x
`
	want := []string{"/usr/bin/tool", "/usr/local", "/usr/local/data", "/usr/with space"}
	if got := below([]byte(mountinfo), "/usr", false); !slices.Equal(got, want) {
		t.Errorf("below /usr: %q, want %q", got, want)
	}
	want = []string{"/usr/auto", "/usr/bin/tool", "/usr/local", "/usr/local/data", "/usr/proc", "/usr/with space"}
	if got := below([]byte(mountinfo), "/usr", true); !slices.Equal(got, want) {
		t.Errorf("all below /usr: %q, want %q", got, want)
	}
	if got := below([]byte("31 26 0:42 / /a\\040b/c rw - ext4 /dev/x rw"), "/a b", false); !slices.Equal(got, []string{"/a b/c"}) {
		t.Errorf("below /a b: %q", got)
	}
	if got := below([]byte(mountinfo), "/", false); len(got) != 8 {
		t.Errorf("below /: %q", got)
	}
	if got := below(nil, "/usr", true); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
}

// TestStore: a link and a tree whose parents are nowhere on the host.
func TestStore(t *testing.T) {
	root := tree(t, t.TempDir(), "store/0-system/sw/bin/prog", "bin/")
	v := &View{Root: plan.Root{
		Trees: []plan.Tree{{Source: filepath.Join(root, "bin"), Target: "bin"}, {Source: filepath.Join(root, "store"), Target: "nix/store"}},
		Links: []plan.Link{{Name: "run/current-system", Target: "/nix/store/0-system"}},
	}}
	if got, ok := v.FindInPath("prog", "/bin:/run/current-system/sw/bin"); !ok || got != "/run/current-system/sw/bin/prog" {
		t.Errorf("prog is %q, %t", got, ok)
	}
	if host, _, err := v.Lookup("/nix/../run/current-system/sw/bin/prog"); err != nil || host != filepath.Join(root, "store/0-system/sw/bin/prog") {
		t.Errorf("prog is %q, %v", host, err)
	}
	for _, name := range []string{"/nix", "/run", "/nix/var", "/run/user", "/nix/storex"} {
		if host, _, err := v.Lookup(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is %s on the host, %v", name, host, err)
		}
	}
}
