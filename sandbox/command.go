package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/filter"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rootfs"
)

// A Command is what is to be run, and what goes in and out.
type Command struct {
	// Args is the program and its arguments. Args[0] says which file that is:
	// a bare name of a file in the working directory, or a relative path with
	// a slash, is that file of the host, shown to the run as /box/NAME; an
	// absolute path is looked up in the rootfs first, then on the host; any
	// other name is looked up in the run's PATH.
	Args []string

	// Inside says that Args[0] names no file of the host: it is looked up in
	// the box, the rootfs and the run's PATH alone.
	Inside bool

	// Name is what people call the run as long as it is alive; "" for none. No
	// other run alive may have it.
	Name string

	// Files are put into the box, read-only.
	Files []File

	// ReadonlyBox says that the program can make, change and remove nothing in the
	// box (EROFS). The other writable places stay.
	ReadonlyBox bool

	// BoxStays says that nobody changes what is in the policy's box directory before
	// the run has ended, and that the program need not, but for removing it: then it is
	// not copied where that takes longer than to mount it.
	BoxStays bool

	// Stdin is what the program reads; nil is an empty input. An *os.File is
	// used as it is; from another reader a goroutine copies until the program
	// has ended, and does not outlive a Read that returns.
	Stdin io.Reader

	// Stdout and Stderr take what the program writes; nil throws it away.
	Stdout, Stderr io.Writer

	// Terminal, if not nil, gives the program a terminal of its own.
	Terminal *Terminal

	// Joined says that Stdin and Stdout are ends of pipes, for another run at the
	// other ends. They are the sandbox's from now on: it closes each as soon as the
	// program has no more use for it, so that the other end is told. What the
	// program writes when nobody reads any more is thrown away; no SIGPIPE comes.
	Joined bool

	// Observe is called with all that the program writes to stdout, piece by
	// piece, before it is handed on, and with nil when there will be no more,
	// before the other end is told. It must neither keep a piece nor wait.
	Observe func([]byte)

	// Capture puts both streams into the report, up to the output limit.
	Capture bool

	// Collect takes regular files out of the box after the run.
	Collect    []Collect
	CollectDir string // where they go, "" for the working directory

	// CollectAll is a directory, to be made, for all regular files of /box. Of
	// these, the report names what was refused.
	CollectAll string

	// Keep is a directory, to be made, for a copy of all that the run wrote.
	Keep string

	// Cgroup is where the run's cgroup goes: one that is judge's user's, as
	// /proc/self/cgroup names it, or "systemd" for a scope of its own. judge may
	// move the processes in it into a child. "" takes $JUDGE_CGROUP, and where that
	// is not set the subtree that was delegated to judge, a scope of a user's
	// systemd, or, for root, a directory at the top.
	Cgroup string

	// IP is the run's address on its bridge, alone or with the subnet's bits; the zero value
	// leaves it to the slot.
	IP netip.Prefix

	// Publish has TCP ports of a run on a bridge appear on the host.
	Publish []Publish

	// Roots are directories of stores, each a rootfs, that are meant by names of root file systems;
	// other names mean those of the caller's own store. The report has the name.
	Roots map[string]string

	// Policy is what the report calls the policy; nil is its name and its digest.
	Policy *PolicyID

	// Signals is called once, when there is something that a signal could end.
	// What comes out of its channel is forwarded to the program; that has Grace,
	// a second if zero, to end by itself. A second signal kills at once, and so
	// does a limit that it passes meanwhile.
	Signals func() <-chan os.Signal
	Grace   time.Duration

	// SignalFD, if not 0, is the same without a goroutine: a descriptor that
	// does not block, and from which a byte is read for each signal, its number.
	// It goes with neither Signals nor a context that can end.
	SignalFD int

	// Meter has the report say what disturbed the run: Report.Noise.
	Meter *Meter

	// Record takes down every system call, and says how each is answered, in
	// place of the policy's filter. It is for programs that are trusted.
	Record *filter.Recording
}

// Publish is a TCP port of the run, and where on the host it appears: an invalid
// address is 127.0.0.1, port 0 any that is free. The report says which.
type Publish struct {
	Host netip.AddrPort
	Port uint16
}

// A File of the host for the box. Name is its name there; "" keeps the host's.
type File struct{ Source, Name string }

// Collect names a regular file below /box, and where it goes: relative to
// CollectDir, "" for the same name.
type Collect struct{ Name, Dest string }

// program says what is executed.
type program struct {
	path  string     // as the run sees it; "" if there is no such file
	copy  *plan.Copy // of a host's file
	found fs.FileInfo
}

// inBox says whether an absolute name is that of a file that the box starts with.
func inBox(box []plan.Copy, name string) bool {
	rest, ok := strings.CutPrefix(path.Clean(name), "/box/")
	return ok && slices.ContainsFunc(box, func(c plan.Copy) bool { return c.Name == rest && c.Mode&unix.S_IFMT != unix.S_IFDIR })
}

// findProgram decides which file Args[0] names; box is what the box starts with.
func findProgram(view *rootfs.View, box []plan.Copy, cmd Command, binds []policy.Bind, searchPath string) (program, error) {
	name := cmd.Args[0]
	switch {
	case name == "":
		return program{}, &UsageError{What: "no program named", Hint: "judge run [flags] [--] PROG [ARG...]"}
	case path.IsAbs(name):
		if inBox(box, name) {
			return program{path: name}, nil
		}
		if _, info, err := view.Lookup(name); err == nil {
			if info.IsDir() {
				return program{found: info}, nil
			}
			return program{path: name, found: info}, nil
		}
		if cmd.Inside {
			return boundProgram(binds, name), nil
		}
		return hostProgram(name)
	case strings.Contains(name, "/"):
		if cmd.Inside {
			return program{}, nil
		}
		return hostProgram(name)
	}
	if info, err := os.Stat(name); err == nil && !info.IsDir() && !cmd.Inside {
		return hostProgram(name)
	}
	if inside, ok := view.FindInPath(name, searchPath); ok {
		return program{path: inside}, nil
	}
	return program{}, nil
}

// boundProgram is one below a bind's target, where only the run itself can look.
func boundProgram(binds []policy.Bind, name string) program {
	for _, b := range binds {
		if name == b.Target || strings.HasPrefix(name, strings.TrimSuffix(b.Target, "/")+"/") {
			return program{path: name}
		}
	}
	return program{}
}

func hostProgram(name string) (program, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return program{}, nil
	case err != nil:
		return program{}, &UsageError{What: "look at " + name, Err: err}
	case info.IsDir():
		return program{found: info}, nil
	}
	c, err := copyOf(name, path.Base(filepath.ToSlash(name)))
	if err != nil {
		return program{}, err
	}
	return program{path: "/box/" + c.Name, copy: &c, found: info}, nil
}

// copyOf is a regular file of the host, for the box, read-only.
func copyOf(source, name string) (plan.Copy, error) {
	abs, err := filepath.Abs(source)
	if err != nil {
		return plan.Copy{}, fmt.Errorf("find %s: %w", source, err)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return plan.Copy{}, &UsageError{What: "put " + source + " into the box", Err: bare(err), Hint: "name a file of this host"}
	}
	if !info.Mode().IsRegular() {
		return plan.Copy{}, &UsageError{What: "put " + source + " into the box: it is no regular file", Hint: "use --bind or --box for directories"}
	}
	if !localName(name) {
		return plan.Copy{}, &UsageError{What: fmt.Sprintf("name %q for a file in the box", name), Hint: "use a plain name, or a relative path without .."}
	}
	mode := uint32(unix.S_IFREG | 0o444)
	if info.Mode()&0o111 != 0 {
		mode |= 0o111
	}
	return plan.Copy{Source: abs, Name: name, Mode: mode, Size: info.Size()}, nil
}

func localName(name string) bool {
	return filepath.IsLocal(name) && path.Clean(name) == name && name != "."
}

// copies lists what goes into the box: the box directory's contents, over them
// the files named.
func copies(cmd Command, p policy.Policy) ([]plan.Copy, error) {
	var list []plan.Copy
	if dir := p.Filesystem.Box; dir != "" {
		found, err := tree(dir)
		if err != nil {
			return nil, err
		}
		list = found
	}
	for _, f := range cmd.Files {
		name := f.Name
		if name == "" {
			name = path.Base(filepath.ToSlash(f.Source))
		}
		c, err := copyOf(f.Source, name)
		if err != nil {
			return nil, err
		}
		if list, err = put(list, c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// put adds a file, in place of one of that name, with the directories above it.
func put(list []plan.Copy, c plan.Copy) ([]plan.Copy, error) {
	have := make(map[string]int, len(list))
	for i, old := range list {
		have[old.Name] = i
	}
	for i, r := range c.Name {
		if r != '/' {
			continue
		}
		dir := c.Name[:i]
		if at, ok := have[dir]; !ok {
			list = append(list, plan.Copy{Name: dir, Mode: unix.S_IFDIR | 0o755, Owned: true})
		} else if list[at].Mode&unix.S_IFMT != unix.S_IFDIR {
			return nil, &UsageError{What: fmt.Sprintf("put %s into the box as %s", c.Source, c.Name), Hint: dir + " is no directory there"}
		}
	}
	at, ok := have[c.Name]
	if !ok {
		return append(list, c), nil
	}
	if list[at].Mode&unix.S_IFMT == unix.S_IFDIR {
		return nil, &UsageError{What: fmt.Sprintf("put %s into the box as %s", c.Source, c.Name), Hint: "a directory has that name there"}
	}
	list[at] = c
	return list, nil
}

// tree lists a directory's contents, parents first.
func tree(dir string) ([]plan.Copy, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", dir, err)
	}
	var list []plan.Copy
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == root {
			if err == nil && !d.IsDir() {
				return unix.ENOTDIR
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		c := plan.Copy{Source: p, Name: p[len(root)+1:], Mode: info.Sys().(*syscall.Stat_t).Mode, Size: info.Size(), Owned: true, InBox: true}
		switch info.Mode().Type() {
		case fs.ModeDir:
			c.Size = 0
		case 0:
			c.Mode = c.Mode&unix.S_IFMT | c.Mode&0o777 | 0o600
		case fs.ModeSymlink:
			c.Size = 0
			if c.Source, err = os.Readlink(p); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is no file, directory or symbolic link", p)
		}
		list = append(list, c)
		return nil
	})
	if err != nil {
		return nil, &UsageError{What: "copy the box from " + dir, Err: err, Hint: "name a directory with plain files, directories and links"}
	}
	return list, nil
}
