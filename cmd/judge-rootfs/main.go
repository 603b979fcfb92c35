// Command judge-rootfs does judge rootfs: it makes root file systems for runs,
// out of archives and of Debian's packages, and keeps the store of them. judge
// starts it by name, so that what reads archives costs no run its start.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/rootfs-build/archive"
	"judge/store"
)

// A verb is a word after judge rootfs.
type verb struct {
	name, args, about string
	flags             []flag
	run               func(c *call) (int, error)
}

func verbs() []verb {
	return []verb{
		{"build", "RECIPE", "make a rootfs of Debian's packages", buildFlags, build},
		{"import", "FILE", "make a rootfs of a tar archive, an archive of docker save or an OCI layout", importFlags, importFile},
		{"list", "", "list the root file systems of the store", []flag{jsonFlag}, list},
		{"show", "NAME", "say what is known of one", []flag{jsonFlag, manifestFlag}, show},
		{"verify", "NAME...", "compare each file with the manifest, and name those that differ", nil, verify},
		{"remove", "NAME...", "remove it from the store, unless a run uses it", nil, remove},
		{"pack", "NAME", "make it an image, which takes less of the disk", nil, pack},
		{"mount", "[NAME...]", "mount those that are images, after the host was started", nil, mount},
		{"export", "NAME", "write it as a tar archive", []flag{outFlag}, export},
	}
}

func main() {
	// A first signal ends what is being made, which is then removed; a second one ends judge at once.
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	var asked atomic.Int32
	go func() {
		sig := <-signals
		signal.Stop(signals)
		asked.Store(int32(sig.(unix.Signal)))
		cancel()
	}()
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "rootfs" { // as judge starts it
		args = args[1:]
	}
	status, err := dispatch(ctx, args)
	if n := asked.Load(); n != 0 && errors.Is(err, context.Canceled) {
		cli.Complain(fmt.Errorf("stopped by signal %d, %s; nothing was changed", n, unix.SignalName(unix.Signal(n))))
		os.Exit(128 + int(n))
	}
	os.Exit(cli.Conclude(status, explained(err)))
}

func dispatch(ctx context.Context, args []string) (int, error) {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage()
		return 0, nil
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		c, err := parse(v, args[1:])
		if err != nil {
			return 0, err
		}
		if c == nil { // help was asked for
			return 0, nil
		}
		c.ctx = ctx
		if c.store, err = store.Dir(); err != nil {
			return 0, err
		}
		return v.run(c)
	}
	return 0, &cli.UsageError{What: fmt.Sprintf("judge rootfs has no command %q", args[0]), Hint: "judge rootfs help lists them"}
}

func usage() {
	fmt.Println("judge rootfs COMMAND [ARG...]: root file systems for judge run --rootfs NAME")
	fmt.Println()
	for _, v := range verbs() {
		fmt.Printf("  %-15s  %s\n", v.name+" "+v.args, v.about)
	}
	fmt.Println("\njudge rootfs COMMAND --help tells the flags of a command.")
	if dir, err := store.Dir(); err == nil {
		fmt.Printf("The store is %s; %s names another.\n", dir, store.Variable)
	}
}

// explained gives an error of the packages below a hint, where there is one.
func explained(err error) error {
	var (
		limit *archive.LimitError
		image *archive.ImageError
		usage *cli.UsageError
	)
	hint := ""
	switch {
	case err == nil || errors.As(err, &usage):
		return err
	case errors.As(err, &limit) && limit.OfFiles():
		hint = "if it is to hold as many, --max-files allows more"
	case errors.As(err, &limit):
		hint = "if it is to hold as much, --max-size allows more"
	case errors.As(err, &image):
		hint = "--image NAME names one of them"
	case errors.Is(err, archive.ErrDevice):
		hint = "--devices takes the archive without its devices and FIFOs: a run has a /dev of its own"
	case errors.Is(err, archive.ErrNoArchive):
		hint = "name a tar archive, what docker save wrote, or an OCI layout; gzip, xz, zstd and bzip2 are unpacked"
	case errors.Is(err, archive.ErrWindow):
		hint = "where that much memory is to be had, unpack it with xz -d or zstd -d --long=31, and import what comes out"
	case errors.Is(err, store.ErrExists):
		hint = "--replace puts the new one in its place, --name NAME gives it another name"
	case errors.Is(err, store.ErrNotMounted):
		hint = "judge rootfs mount"
	case errors.Is(err, store.ErrInUse):
		hint = "judge ps lists the runs that are alive; wait for them, or judge kill them"
	default:
		return err
	}
	return &cli.UsageError{What: err.Error(), Hint: hint}
}

// held finds a rootfs of the store by its name.
func (c *call) held(name string) (*store.Held, error) {
	h, err := store.Hold(c.store, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, c.missing(name)
	}
	return h, err
}

func (c *call) missing(name string) error {
	return &cli.UsageError{What: fmt.Sprintf("there is no rootfs %q in %s", name, c.store), Hint: "judge rootfs list names those that are there"}
}

// newName is the name for a rootfs to be made: the one asked for, or else proposed.
func newName(asked, proposed string) (string, error) {
	name := asked
	if name == "" {
		name = proposed
	}
	if !store.ValidName(name) {
		return "", &cli.UsageError{What: fmt.Sprintf("%q cannot be the name of a rootfs", name),
			Hint: "--name NAME: up to 64 letters, digits, dots, dashes and underscores, and not \"host\""}
	}
	return name, nil
}

// nameOf a rootfs that is made of a file.
func nameOf(file string) string {
	if abs, err := filepath.Abs(file); err == nil { // of "." the directory's own name
		file = abs
	}
	base := filepath.Base(file)
	for _, suffix := range []string{".gz", ".xz", ".zst", ".bz2"} {
		if cut, ok := cutSuffix(base, suffix); ok {
			base = cut
			break
		}
	}
	for _, suffix := range []string{".tar", ".tgz", ".txz", ".tzst", ".tbz2", ".oci"} {
		if cut, ok := cutSuffix(base, suffix); ok {
			return cut
		}
	}
	return base
}
