package doctor

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "renew testdata/hosts/*.want")

// fakeHost reads a host that is only text: the files of an archive are its
// files, and its comment has what calls of the kernel would answer.
func fakeHost(t *testing.T, file string) Facts {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root := fstest.MapFS{}
	for _, f := range archive.Files {
		root[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	f := Facts{
		Arch: "x86_64", OpenFiles: 524288, Processes: 30000, Calls: map[string]unix.Errno{},
		Free: map[string]uint64{}, ReadOnly: map[string]bool{}, OwnCgroups: map[string]bool{},
	}
	f.read(root)
	for _, c := range probedCalls() {
		f.Calls[c.name] = 0
	}
	lines := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
	for _, line := range lines[1:] { // the first says what it is
		key, value, _ := strings.Cut(line, " ")
		first, second, _ := strings.Cut(value, " ")
		number, _ := strconv.Atoi(first)
		switch key {
		case "kernel":
			f.Kernel = value
		case "arch":
			f.Arch = value
		case "uid":
			f.UID = number
		case "landlock":
			f.Landlock = number
		case "userns":
			f.UserNamespace = errnoOf(t, first)
		case "lacks":
			f.Calls[first] = errnoOf(t, second)
		case "own":
			f.OwnCgroups[value] = true
		case "own-not":
			f.OwnCgroups[value] = false
		case "free":
			mib, _ := strconv.Atoi(second)
			f.Free[first] = uint64(mib) << 20
		case "cgroup":
			f.Cgroup = value
		case "place":
			f.place(root, value)
		case "unenforced":
			f.Unenforced = append(f.Unenforced, value)
		case "refused":
			what, hint, _ := strings.Cut(value, " | ")
			f.Refused = &Refusal{what, hint}
		case "failed":
			f.Run = Proof{Program: "/bin/true", Status: "error", Failure: &Refusal{What: value}}
		case "run":
			f.Run = Proof{Program: "/bin/true", Status: value, Setup: 2 * time.Millisecond}
		case "no-bridge":
			what, hint, _ := strings.Cut(value, " | ")
			f.NoBridge = &Refusal{what, hint}
		case "tried": // a part of a network, with _ for spaces, and what kept it from being made
			if f.Networks == nil {
				f.Networks = map[string]string{}
			}
			f.Networks[strings.ReplaceAll(first, "_", " ")] = second
		default:
			t.Fatalf("%s: what is %q?", file, line)
		}
	}
	f.readModules(root)
	return f
}

func errnoOf(t *testing.T, name string) unix.Errno {
	t.Helper()
	for e := unix.Errno(1); e < 134; e++ {
		if unix.ErrnoName(e) == name {
			return e
		}
	}
	t.Fatalf("no errno %s", name)
	return 0
}

// TestHosts compares what is said of each host with what was read in review.
func TestHosts(t *testing.T) {
	files, err := filepath.Glob("testdata/hosts/*.txtar")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			d := Diagnose(fakeHost(t, file))
			var out strings.Builder
			if err := d.Table(&out); err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(file, ".txtar") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if text, err := os.ReadFile(want); err != nil || string(text) != out.String() {
				t.Errorf("%v; -update renews %s; now it is\n%s", err, want, &out)
			}
			wellFormed(t, d, out.String())
		})
	}
}

// TestVerdicts: which hosts can do what, and for which reasons.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		host            string
		safe, fair, net Answer
		because         string // all of these, of any verdict
	}{
		{"tuned", Yes, Yes, Yes, ""},
		{"scope", Yes, Reservations, No, "turbo bridged\u00a0runs"},
		{"arm64", Yes, Reservations, Reservations, "machine nat rate"},
		{"laptop", Yes, Reservations, Yes, "turbo governor smt aslr swapping"},
		{"cloud", Reservations, No, No, "enforced vulnerabilities landlock memory /tmp steal nftables"},
		{"wsl", Reservations, Reservations, Reservations, "wsl landlock swap\u00a0accounting machine smt huge\u00a0pages veth bridge nftables nat rate"},
		{"docker", No, No, No, "run clone3 open_tree mount_setattr delegation capabilities bridged\u00a0runs"},
		{"ubuntu2404-user", No, No, No, "run user\u00a0namespaces delegation"},
		{"user-v1", Reservations, Reservations, No, "enforced delegation subordinate\u00a0ids"},
		{"rhel8", No, No, No, "run clone3 mount_setattr seccomp"},
		{"alpine", No, No, No, "run cgroup.memory"},
		{"closed", Yes, Yes, No, "nftables"},
		{"netless", No, No, No, "run capabilities bridged\u00a0runs"},
		{"service", Reservations, Yes, No, "network\u00a0settings"},
		{"bare", No, No, No, "run layout namespaces"},
	} {
		d := Diagnose(fakeHost(t, "testdata/hosts/"+tt.host+".txtar"))
		if d.Safe.Answer != tt.safe || d.Fair.Answer != tt.fair || d.Net.Answer != tt.net {
			t.Errorf("%s: safely %s, fairly %s, networks %s, want %s, %s, %s", tt.host, d.Safe.Answer, d.Fair.Answer, d.Net.Answer, tt.safe, tt.fair, tt.net)
		}
		have := map[string]bool{}
		for _, name := range slices.Concat(d.Safe.Because, d.Fair.Because, d.Net.Because) {
			have[name] = true
		}
		for _, name := range strings.FieldsFunc(tt.because, func(r rune) bool { return r == ' ' }) {
			if name = strings.ReplaceAll(name, "\u00a0", " "); !have[name] {
				t.Errorf("%s: %q is not among the reasons %q %q %q", tt.host, name, d.Safe.Because, d.Fair.Because, d.Net.Because)
			}
		}
	}
}

// TestMends: the command that a person wants to know.
func TestMends(t *testing.T) {
	for _, tt := range []struct{ host, finding, mend string }{
		{"laptop", "turbo", "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"},
		{"ubuntu2404-user", "turbo", "echo 0 > /sys/devices/system/cpu/cpufreq/boost"},
		{"ubuntu2404-user", "user namespaces", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{"ubuntu2404-user", "delegation", "loginctl enable-linger, for a systemd of the user's; and, as root:"},
		{"docker", "open_tree", "docker run --security-opt seccomp=unconfined ..."},
		{"docker", "delegation", "docker run --privileged ..., or"},
		{"rhel8", "user.max_user_namespaces", "sysctl -w user.max_user_namespaces=10000"},
		{"rhel8", "swap accounting", "swapoff -a, or boot with swapaccount=1"},
		{"alpine", "cgroup.memory", "boot with cgroup_enable=memory, without cgroup_disable=memory"},
		{"cloud", "landlock", "boot with lsm=landlock,lockdown,capability,yama,apparmor"},
		{"cloud", "psi", "boot with psi=1"},
		{"arm64", "nat", "install the rest of this kernel's modules (linux-modules-extra-6.1.0-56-cloud-arm64 of Ubuntu, kernel-modules-extra of Red Hat),"},
		{"cloud", "nftables", "boot a kernel that has them"},
		{"closed", "nftables", "load them at boot, before that is so: a line each in /etc/modules-load.d/judge.conf"},
		{"netless", "capabilities", "docker run --cap-add NET_ADMIN ..."},
		{"service", "network settings", "docker run --security-opt systempaths=unconfined ..."},
		{"wsl", "veth", "judge run --net bridge true   # tries it"},
		{"bare", "user namespaces", "sysctl -w user.max_user_namespaces=10000"},
	} {
		found := false
		for _, f := range Diagnose(fakeHost(t, "testdata/hosts/"+tt.host+".txtar")).Findings {
			if f.Name == tt.finding {
				found = true
				if first, _, _ := strings.Cut(f.Mend, "\n"); first != tt.mend {
					t.Errorf("%s: %s is mended by %q, want %q", tt.host, f.Name, first, tt.mend)
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing is said of %s", tt.host, tt.finding)
		}
	}
}

// wellFormed holds a diagnosis to its schema and its table to 80 columns.
func wellFormed(t *testing.T, d Diagnosis, table string) {
	t.Helper()
	for _, line := range strings.Split(table, "\n") {
		last := line[strings.LastIndex(line, " ")+1:] // a word is not cut
		if n := len([]rune(line)); n > width && len(last) < width-markColumn-nameColumn {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	names := map[string]bool{}
	for _, f := range d.Findings {
		if names[f.Name] {
			t.Errorf("two findings are called %q", f.Name)
		}
		names[f.Name] = true
	}
	if err := againstSchema(d); err != nil {
		t.Error(err)
	}
}

func againstSchema(d Diagnosis) error {
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("doctor.json", schema); err != nil {
		return err
	}
	compiled, err := compiler.Compile("doctor.json")
	if err != nil {
		return err
	}
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		return err
	}
	if err := compiled.Validate(instance); err != nil {
		return fmt.Errorf("%w\n%s", err, data)
	}
	return nil
}

// TestTableHasNothingForATerminal: texts of the host's are printed as they are, less control characters.
func TestTableHasNothingForATerminal(t *testing.T) {
	f := fakeHost(t, "testdata/hosts/tuned.txtar")
	f.Kernel = "6.12\x1b[2J\u009b1m"
	f.Files["/proc/sys/kernel/core_pattern"] = "|/bin/\x1b]0;title\x07 %p"
	var out strings.Builder
	if err := Diagnose(f).Table(&out); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x9b }) {
		t.Errorf("control characters in %q", out.String())
	}
}
