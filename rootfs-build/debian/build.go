package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"judge/rootfs-build/archive"
	"judge/rootfs-build/recipes"
	"judge/store"
)

// epoch is the time that all builds take for now: SOURCE_DATE_EPOCH, 2025-01-01.
// Files of packages that are older keep their time.
var epoch = time.Unix(1_735_689_600, 0)

// Options of a build.
type Options struct {
	Mirror string // of Debian's packages; "" for the host's own sources
	Cache  string // directory that keeps packages from one build to the next, "" for none
	Step   func(text string)
}

// ErrTool says that mmdebstrap is missing.
var ErrTool = errors.New("there is no mmdebstrap, which sets up Debian's packages")

// Build fills a draft by a recipe. Where this process is not root, mmdebstrap
// works in a user namespace.
func Build(ctx context.Context, d *store.Draft, r *recipes.Recipe, o archive.Options, b Options) (*archive.Result, error) {
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return nil, ErrTool
	}
	release, err := osRelease()
	if err != nil {
		return nil, err
	}
	list, err := sourcesList(os.DirFS("/etc/apt"), release["VERSION_CODENAME"], b.Mirror)
	if err != nil {
		return nil, err
	}
	if o.Over, err = r.Layer(epoch); err != nil {
		return nil, err
	}
	o.Devices = true // mmdebstrap makes those of /dev
	outer := ctx
	ctx, stop := context.WithCancel(outer)
	defer stop()
	// What interpreters write that packages run may depend on addresses (PyPy's
	// bytecode): those are always the same.
	args := append([]string{"setarch", "--addr-no-randomize", tool}, arguments(r, release["VERSION_CODENAME"], b.Cache, proxies(ctx))...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	if os.Geteuid() == 0 {
		if cmd, err = inDraft(ctx, d, args); err != nil {
			return nil, err
		}
	}
	cmd.Env = environment(os.Environ())
	cmd.Stdin = strings.NewReader(list)
	// Asked to end, mmdebstrap first ends its step, which may take minutes. As
	// the first process of a PID namespace it takes all of its own with it when
	// it is killed, also when judge is; the draft has its files, and a mount
	// namespace its mounts. In a user namespace it does the same for itself.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Cloneflags, cmd.SysProcAttr.Unshareflags = unix.CLONE_NEWPID, unix.CLONE_NEWNS
	}
	return follow(outer, ctx, stop, cmd, d, o, b.Step)
}

// workPlace is where root's mmdebstrap has its tree: a directory of the draft,
// bound there in a mount namespace of its own, because apt's user, who fetches
// packages and is trusted with nothing else, cannot enter the store.
const workPlace = "/run/judge-build"

// inDraft is a command whose files lie in the draft's directory.
func inDraft(ctx context.Context, d *store.Draft, args []string) (*exec.Cmd, error) {
	dir := filepath.Join(d.Dir(), "build")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755), os.MkdirAll(workPlace, 0o755)); err != nil {
		return nil, err
	}
	const script = `mount --bind "$0" ` + workPlace + ` && TMPDIR=` + workPlace + ` exec "$@"`
	return exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", script, dir}, args...)...), nil
}

// follow reads mmdebstrap's archive while it tells what it does.
func follow(outer, ctx context.Context, stop func(), cmd *exec.Cmd, d *store.Draft, o archive.Options, step func(string)) (*archive.Result, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	said := &listener{step: step}
	cmd.Stdout, cmd.Stderr = in, said
	// Its Pdeathsig is for the death of the thread that started it (prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err = cmd.Start()
	in.Close()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	r, readErr := archive.ImportStream(ctx, d, out, o)
	if readErr != nil {
		out.Close() // it can write no more
		stop()
	}
	switch waitErr := cmd.Wait(); {
	case outer.Err() != nil: // all else follows from that
		return nil, outer.Err()
	case waitErr != nil && (readErr == nil || errors.Is(readErr, archive.ErrNoArchive)):
		return nil, fmt.Errorf("mmdebstrap: %w; it said:\n%s", waitErr, said.tail())
	}
	return r, readErr
}

func arguments(r *recipes.Recipe, codename, cache string, apt []string) []string {
	args := []string{"--variant=" + r.Variant, "--format=tar", "--include=" + strings.Join(r.Packages, ",")}
	if os.Geteuid() == 0 {
		args = append(args, "--mode=root")
	}
	for _, option := range apt {
		args = append(args, "--aptopt="+option)
	}
	for _, c := range r.Commands {
		args = append(args, "--customize-hook=chroot \"$1\" /bin/sh -ec "+quote(c))
	}
	if cache != "" {
		args = append(args, "--skip=essential/unlink", "--setup-hook="+fmt.Sprintf(takePackages, quote(cache)),
			"--customize-hook="+fmt.Sprintf(keepPackages, quote(cache)))
	}
	return append(args, codename, "-", "-")
}

// takePackages and keepPackages carry packages from the cache and into it. They
// stand for mmdebstrap's sync-in and sync-out, which fail when another build
// changes the cache meanwhile: here a package appears in it whole, or not at all.
const (
	takePackages = `set -eu; mkdir -p "$1"/var/cache/apt/archives; for p in %[1]s/*.deb; do ` +
		`[ ! -f "$p" ] || ` +
		`cp -pl "$p" "$1"/var/cache/apt/archives/ 2>/dev/null || cp -p "$p" "$1"/var/cache/apt/archives/; done`
	keepPackages = `set -eu; cd "$1"/var/cache/apt/archives; for p in *.deb; do [ ! -f "$p" ] || [ -e %[1]s/"$p" ] || ` +
		`{ t=$(mktemp %[1]s/.new.XXXXXX) && cp -p "$p" "$t" && mv "$t" %[1]s/"$p"; }; done; ` +
		`find %[1]s -maxdepth 1 -name '.new.*' -mtime +1 -delete # of builds that were killed`
)

// quote makes one word for a shell of a text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// environment is the caller's, less what would tell in the tree where it was made.
func environment(host []string) []string {
	env := []string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix()), "LC_ALL=C.UTF-8", "TZ=UTC", "PYTHONHASHSEED=0", "DEBIAN_FRONTEND=noninteractive"}
	for _, e := range host {
		name, _, _ := strings.Cut(e, "=")
		switch strings.ToLower(name) {
		case "path", "home", "http_proxy", "https_proxy", "no_proxy", "user", "logname":
			env = append(env, e)
		}
	}
	return env
}

// proxies are those that the host's apt uses.
func proxies(ctx context.Context) []string {
	out, err := exec.CommandContext(ctx, "apt-config", "dump").Output()
	if err != nil {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(name, "Acquire::http") && strings.Contains(name, "::Proxy") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func osRelease() (map[string]string, error) {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return nil, fmt.Errorf("find out what this host is: %w", err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		fields[name] = strings.Trim(value, `"'`)
	}
	if fields["VERSION_CODENAME"] == "" {
		return nil, errors.New("this host is no release of Debian or Ubuntu (/etc/os-release has no VERSION_CODENAME)")
	}
	return fields, nil
}

// dated is a mirror that shows an archive as it was: its lists have expired.
var dated = regexp.MustCompile(`/\d{8}T\d{6}Z(/|$)`)

// sourcesList is the text of sources.list(5) for the build.
func sourcesList(etc fs.FS, codename, mirror string) (string, error) {
	if mirror != "" {
		s := source{uri: mirror, suite: codename, components: []string{"main"}}
		if dated.MatchString(mirror) {
			s.options = []string{"check-valid-until=no"}
		}
		return s.String() + "\n", nil
	}
	list, err := ofHost(etc, codename)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintln(&b, s)
	}
	return b.String(), nil
}

// listener hands on what mmdebstrap says it does, and keeps the end of it.
type listener struct {
	step func(string)
	line []byte
	last []string
}

// kept lines are enough for an error of apt's or of a package's script.
const kept = 25

func (l *listener) Write(p []byte) (int, error) {
	l.line = append(l.line, p...)
	for {
		line, rest, whole := bytes.Cut(l.line, []byte("\n"))
		if !whole {
			break
		}
		l.line = rest
		text := string(bytes.TrimSpace(line))
		l.last = append(l.last, text)
		if what, ok := strings.CutPrefix(text, "I: "); ok && !chatter.MatchString(what) {
			l.step(what)
		}
	}
	l.last = l.last[max(0, len(l.last)-kept):]
	return len(p), nil
}

// chatter are steps of mmdebstrap's that nobody waits for.
var chatter = regexp.MustCompile(`tempdir|hook|^(done|success|skipping|finding|reading|chroot architecture|automatically)`)

func (l *listener) tail() string { return strings.Join(append(l.last, string(l.line)), "\n") }

// Packages reads what is installed in a draft: "NAME VERSION", by name.
func Packages(d *store.Draft) ([]string, error) {
	f, err := d.Open("var/lib/dpkg/status")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the list of packages: %w", err)
	}
	var list []string
	for paragraph := range strings.SplitSeq(string(data), "\n\n") {
		name, version := "", ""
		for line := range strings.Lines(paragraph) {
			if v, ok := strings.CutPrefix(line, "Package: "); ok {
				name = strings.TrimSpace(v)
			}
			if v, ok := strings.CutPrefix(line, "Version: "); ok {
				version = strings.TrimSpace(v)
			}
		}
		if name != "" {
			list = append(list, name+" "+version)
		}
	}
	return list, nil
}

// CacheDir is where packages are kept; "" for nowhere. In the user namespace of
// an ordinary user mmdebstrap is somebody else, who may not write to his files.
func CacheDir() string {
	const dir = "/var/cache/judge/packages"
	if os.Geteuid() != 0 {
		return ""
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return ""
	}
	return dir
}
