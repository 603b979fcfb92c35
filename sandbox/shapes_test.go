package sandbox_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"judge/sandbox"
)

// A shape is a host of another kind: a root that a shell script makes in $R, a
// tmpfs, in a mount namespace of the test's own, and that becomes the root
// there. After is run in it, before judge.
type shape struct {
	name        string
	user        bool // also as an ordinary user
	make, after string
	needs       []string // programs that build it
	cases       []shapeCase
}

// A shapeCase is a run there: a shell command under busybox's shell, or a path.
type shapeCase struct {
	args       []string
	stdout     string
	unenforced []string // substrings, one for each
	fails      string   // stderr of a judge that refuses
}

// busybox is a program for every root that needs none of its libraries.
const busybox = "/usr/bin/busybox"

// entering makes $R the root, with this host's kernel file systems, leases and
// devices: other judges share the cgroups, and with the leases no two runs have one uid.
const entering = `
for d in proc sys dev run tmp opt old etc; do [ -d $R/$d ] || mkdir -p $R/$d; done
cp "$JUDGE" $R/opt/judge
echo user:x:60001:60001::/:/bin/sh >$R/etc/passwd; echo user:x:60001: >$R/etc/group
mkdir -p $R/etc/default
mount --rbind /proc $R/proc; mount --rbind /sys $R/sys; mount --rbind /dev $R/dev
mount -t tmpfs -o nosuid,nodev,noexec,mode=755 none $R/run
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 none $R/tmp
[ -d /run/judge ] || /usr/bin/mkdir -p /run/judge
mkdir -p $R/run/judge; mount --bind /run/judge $R/run/judge
[ -L /etc/localtime ] && cp -P /etc/localtime $R/etc/localtime || true
`

const leaving = `
cd $R; pivot_root . old
export PATH=/opt/bin:/run/current-system/sw/bin:/bin:/usr/bin:/sbin
B=/opt/busybox
cd /
$B umount -l /old
`

// leavingRights begins as another user, if there is one.
const leavingRights = `
as=$1; shift
if [ $as != root ]; then shift; set -- $B start-stop-daemon -S -c $as -x /opt/judge -- "$@"; fi
exec "$@"
`

func (s shape) run(t *testing.T, c shapeCase, as string) (report *sandbox.Report, stdout, stderr string) {
	t.Helper()
	judge := judgeBinary(t)
	root, err := os.MkdirTemp("", "judge-shape") // without a comma, for mount options
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(root)
	script := "set -e\nmount -t tmpfs -o mode=755 none $R\nmkdir -p $R/opt\ncp " + busybox + " $R/opt/busybox\n" +
		s.make + entering + leaving + s.after + leavingRights
	cmd := exec.Command("unshare", append([]string{"-m", "--propagation", "private", "sh", "-c", script, "sh", as, "/opt/judge", "run", "--report", "/tmp/report"}, c.args...)...)
	// The report is read by the shell that execs judge no more: it comes on a descriptor of the test's.
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := writer.Chmod(0o666); err != nil { // for who opens it by name
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{writer}
	cmd.Args[slices.Index(cmd.Args, "/tmp/report")] = "/proc/self/fd/3"
	cmd.Env = append(os.Environ(), "R="+root, "JUDGE="+judge)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	runErr := cmd.Run()
	writer.Close()
	var data bytes.Buffer
	if _, err := data.ReadFrom(reader); err != nil {
		t.Fatal(err)
	}
	if data.Len() > 0 {
		report = &sandbox.Report{}
		if err := json.Unmarshal(data.Bytes(), report); err != nil {
			t.Fatalf("%v: %s", err, &data)
		}
	} else if runErr == nil {
		t.Fatalf("no report, and no error: %s", &errs)
	}
	return report, out.String(), errs.String()
}

func TestHostsOfOtherShapes(t *testing.T) {
	needRoot(t, "to make a host of another shape")
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			for _, program := range append(s.needs, busybox) {
				if _, err := exec.LookPath(program); err != nil {
					t.Skip("feature missing: ", program)
				}
			}
			for _, c := range s.cases {
				report, stdout, stderr := s.run(t, c, "root")
				name := strings.Join(c.args, " ")
				if s.user {
					userReport, userOut, userErr := s.run(t, c, "user:user")
					if userReport == nil || userReport.Status != "ok" || userOut != c.stdout {
						t.Errorf("as an ordinary user: %s: %+v\nstdout %q, want %q\nstderr %s", name, userReport, userOut, c.stdout, userErr)
					}
				}
				switch {
				case c.fails != "":
					if !strings.Contains(stderr, c.fails) || report != nil && report.Status == "ok" {
						t.Errorf("%s: %+v, %q; want %q", name, report, stderr, c.fails)
					}
					continue
				case report == nil || report.Status != "ok" || stdout != c.stdout:
					t.Errorf("%s: %+v\nstdout %q, want %q\nstderr %s", name, report, stdout, c.stdout, stderr)
					continue
				}
				var missing []string
				for _, u := range report.Unenforced {
					missing = append(missing, u.Limit)
				}
				if !slices.Equal(missing, c.unenforced) {
					t.Errorf("%s: unenforced is %q, want %q", name, report.Unenforced, c.unenforced)
				}
			}
		})
	}
}

// busyboxUsr fills $R with a merged /usr.
const busyboxUsr = `
mkdir -p $R/usr/bin $R/etc; cp ` + busybox + ` $R/usr/bin/busybox; ln -s usr/bin $R/bin
for a in sh ls cat echo head sed true; do ln -s busybox $R/usr/bin/$a; done
echo busy >$R/etc/os-release
`

func shapes() []shape {
	sh := func(script string) []string { return []string{"/bin/sh", "-c", script} }
	return []shape{{
		name: "no merged usr, musl", user: true, needs: []string{"musl-gcc"},
		make: `
mkdir -p $R/bin $R/sbin $R/lib $R/usr/bin $R/usr/sbin $R/usr/lib
cp ` + busybox + ` $R/bin/busybox
for a in sh ls cat echo id stat; do ln -s /bin/busybox $R/bin/$a; done
ln -s /bin/busybox $R/sbin/halt; ln -s /bin/busybox $R/usr/bin/env
cp -L /usr/lib/x86_64-linux-musl/libc.so $R/lib/ld-musl-x86_64.so.1
printf '#include <stdio.h>\nint main(){puts("dynamic");}' | musl-gcc -x c - -o $R/usr/bin/dynamic
mkdir -p $R/etc; echo 3.20 >$R/etc/alpine-release
`,
		cases: []shapeCase{
			{args: sh("echo /*"), stdout: "/bin /box /dev /etc /lib /mnt /proc /root /run /sbin /tmp /usr /var\n"},
			{args: []string{"dynamic"}, stdout: "dynamic\n"},
			{args: []string{"env", "cat", "/etc/alpine-release"}, stdout: "3.20\n"},
			{args: []string{"--policy", "strict", "dynamic"}, stdout: "dynamic\n"},
		},
	}, {
		name: "nix store, almost nothing in usr", user: true,
		make: `
S=/nix/store/00000000000000000000000000000000-busybox
mkdir -p $R$S/bin $R/bin $R/usr/bin $R/run $R/etc $R/nix/store/11111111111111111111111111111111-system/sw/bin $R/nix/store/22222222222222222222222222222222-etc/etc/ssl
cp ` + busybox + ` $R$S/bin/busybox
for a in sh ls cat echo readlink; do ln -s busybox $R$S/bin/$a; ln -s $S/bin/$a $R/nix/store/11111111111111111111111111111111-system/sw/bin/$a; done
ln -s $S/bin/sh $R/bin/sh; ln -s $S/bin/busybox $R/usr/bin/env
echo cert >$R/nix/store/22222222222222222222222222222222-etc/etc/ssl/ca
ln -s /nix/store/22222222222222222222222222222222-etc/etc $R/etc/static
ln -s /etc/static/ssl $R/etc/ssl
`,
		after: "$B ln -s /nix/store/11111111111111111111111111111111-system /run/current-system",
		cases: []shapeCase{
			{args: sh("echo /*"), stdout: "/bin /box /dev /etc /mnt /nix /proc /root /run /tmp /usr /var\n"},
			{args: []string{"cat", "/etc/ssl/ca"}, stdout: "cert\n"},
			{args: []string{"readlink", "/run/current-system"}, stdout: "/nix/store/11111111111111111111111111111111-system\n"},
			{args: []string{"/run/current-system/sw/bin/echo", "by its path"}, stdout: "by its path\n"},
			{args: []string{"env", "echo", "found in PATH"}, stdout: "found in PATH\n"},
			{args: []string{"--policy", "strict", "cat", "/etc/ssl/ca"}, stdout: "cert\n"},
		},
	}, {
		name: "mounts below usr", user: true,
		make: busyboxUsr + `
mkdir -p $R/usr/local/bin $R/usr/share/deep $R/usr/hidden/inner; echo below >$R/usr/local/bin/below; : >$R/usr/bin/tool
mount -t tmpfs -o mode=755 none $R/usr/local; mkdir $R/usr/local/bin $R/usr/local/data
mount -t tmpfs -o mode=755 none $R/usr/local/data; echo deep >$R/usr/local/data/file
printf '#!/bin/sh\necho tool\n' >$R/opt/tool; chmod 755 $R/opt/tool; mount --bind $R/opt/tool $R/usr/bin/tool
mount -t tmpfs none $R/usr/hidden/inner; echo seen >$R/usr/hidden/inner/secret; mount -t tmpfs -o mode=755 none $R/usr/hidden
mkdir $R/srv $R/srv/sub; mount -t tmpfs none $R/srv/sub; echo in sub >$R/srv/sub/file; : >$R/srv/one; mount --bind $R/srv/sub/file $R/srv/one
printf '#!/bin/sh\necho local\n' >$R/usr/local/bin/here; chmod 755 $R/usr/local/bin/here
`,
		cases: []shapeCase{
			{args: []string{"here"}, stdout: "local\n"},
			{args: []string{"tool"}, stdout: "tool\n"},
			{args: []string{"--policy", "strict", "tool"}, stdout: "tool\n"},
			{args: sh("cat /usr/local/data/file; ls /usr/hidden; echo x >/usr/local/x; echo x >>/usr/bin/tool; cat /usr/bin/tool | head -n 1"), stdout: "deep\n#!/bin/sh\n"},
			{args: append([]string{"--bind", "/srv:/data"}, sh("cat /data/sub/file; cat /data/one; echo x >/data/sub/y; true")...), stdout: "in sub\nin sub\n"},
			{args: append([]string{"--bind", "/srv/one:/data/one"}, sh("cat /data/one; ls -d /data/* /copy*; true")...), stdout: "in sub\n/data/one\n"},
		},
	}, {
		name: "root is an overlay, as in a container", user: true,
		make: `mkdir $R/l $R/u $R/w; L=$R/l; T=$R; R=$R/m; mkdir $R $L/opt; mv $T/opt/busybox $L/opt/
X=$R; R=$L; ` + busyboxUsr + `R=$X
mount -t overlay -o lowerdir=$T/l,upperdir=$T/u,workdir=$T/w none $R
`,
		cases: []shapeCase{
			{args: sh("cat /etc/os-release; echo x >/usr/x; ls /usr"), stdout: "busy\nbin\n"},
			{args: append([]string{"--bind", "/usr/bin:/data"}, sh("ls /data | head -n 1")...), stdout: "busybox\n"},
		},
	}, {
		name: "root is an overlay over an overlay, as in a container in a container",
		make: `mkdir $R/l $R/u $R/w $R/u2 $R/w2 $R/m1; L=$R/l; T=$R; R=$R/m; mkdir $R $L/opt; mv $T/opt/busybox $L/opt/
X=$R; R=$L; ` + busyboxUsr + `R=$X
mount -t overlay -o lowerdir=$T/l,upperdir=$T/u,workdir=$T/w none $T/m1
mount -t overlay -o lowerdir=$T/m1,upperdir=$T/u2,workdir=$T/w2 none $R
mkdir -p $R/srv/tree/proc $R/usr/local; mount -t tmpfs -o mode=755 none $R/usr/local; echo local >$R/usr/local/file; echo srv >$R/srv/file
`,
		cases: []shapeCase{
			{args: sh("cat /etc/os-release /etc/passwd | sed 's/:[0-9].*//'; echo x >/usr/x; ls /usr; cat /usr/local/file"),
				stdout: "busy\nroot:x\nnobody:x\njudge:x\nbin\nlocal\nlocal\n", unenforced: []string{"filesystem.rootfs"}},
			{args: append([]string{"--hostname", "own", "--policy", "strict", "--bind", "/srv:/data"}, sh("cat /etc/hostname /data/file; echo x >/data/x; echo x >/etc/passwd; true")...),
				stdout: "own\nsrv\n", unenforced: []string{"filesystem.rootfs"}},
			{args: append([]string{"--bind", "/srv/file:/data/file"}, sh("cat /data/file; echo x >/data/file; true")...), stdout: "srv\n", unenforced: []string{"filesystem.rootfs"}},
			{args: append([]string{"--rootfs", "/srv/tree"}, sh("true")...), fails: "lies on overlays two deep"},
		},
	}, {
		name: "everything read-only but run, usr on a file system of its own", user: true,
		make: `mkdir $R/usr; mount -t tmpfs -o mode=755 none $R/usr
` + busyboxUsr,
		after: "$B mount -o remount,ro /usr; $B mount -o remount,ro /",
		cases: []shapeCase{
			{args: sh("cat /etc/os-release; echo x >/usr/x; echo y >/tmp/y; cat /tmp/y"), stdout: "busy\ny\n"},
			{args: []string{"--policy", "strict", "--cpuset", "auto", "busybox", "echo", "strict"}, stdout: "strict\n"},
		},
	}}
}
