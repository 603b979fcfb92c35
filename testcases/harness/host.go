package harness

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Preparation is one @host line: a kind, and what follows it.
type Preparation struct {
	Kind, Arg string
	Signal    unix.Signal   // of interrupt
	After     time.Duration // of interrupt
	Number    int           // of umask, or the resource of rlimit
	Soft      uint64        // of rlimit
}

// parsePreparation reads the value of @host.
func parsePreparation(value string) (Preparation, error) {
	kind, arg, _ := strings.Cut(value, " ")
	p := Preparation{Kind: kind, Arg: strings.TrimSpace(arg)}
	switch kind {
	case "process", "tcp-listener", "abstract-listener", "sysv-shm", "mqueue", "inherited-fd", "signals", "tty":
		if p.Arg != "" {
			return p, fmt.Errorf("%s takes nothing, not %q", kind, p.Arg)
		}
		return p, nil
	case "env":
		if name, _, ok := strings.Cut(p.Arg, "="); !ok || name == "" {
			return p, fmt.Errorf("%q is not NAME=VALUE", p.Arg)
		}
		return p, nil
	case "umask":
		n, err := strconv.ParseUint(p.Arg, 8, 9)
		if err != nil {
			return p, fmt.Errorf("%q is no umask", p.Arg)
		}
		p.Number = int(n)
		return p, nil
	case "stdout":
		if !slices.Contains([]string{"closed", "full", "broken", "unread"}, p.Arg) {
			return p, fmt.Errorf("unknown state of stdout %q", p.Arg)
		}
		return p, nil
	case "rlimit":
		return p, p.parseRlimit()
	case "interrupt":
		words := strings.Fields(p.Arg)
		if len(words) != 2 {
			return p, fmt.Errorf("%q is not SIGNAL TIME", p.Arg)
		}
		var err error
		if p.Signal = unix.SignalNum(words[0]); p.Signal == 0 {
			return p, fmt.Errorf("unknown signal %q", words[0])
		}
		p.After, err = parseTime(words[1])
		return p, err
	}
	return p, fmt.Errorf("unknown preparation %q", value)
}

// resources are the limits that @host rlimit may lower.
var resources = map[string]int{
	"cpu": unix.RLIMIT_CPU, "fsize": unix.RLIMIT_FSIZE, "data": unix.RLIMIT_DATA, "stack": unix.RLIMIT_STACK,
	"core": unix.RLIMIT_CORE, "nproc": unix.RLIMIT_NPROC, "nofile": unix.RLIMIT_NOFILE, "as": unix.RLIMIT_AS,
}

// parseRlimit reads the NAME=SOFT of rlimit.
func (p *Preparation) parseRlimit() error {
	name, value, _ := strings.Cut(p.Arg, "=")
	number, ok := resources[name]
	if !ok {
		return fmt.Errorf("unknown limit %q", name)
	}
	soft, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return fmt.Errorf("%q is no limit", value)
	}
	p.Number, p.Soft = number, soft
	return nil
}

// prepared is the world outside that a case must not reach.
type prepared struct {
	values map[string]string // of the placeholders
	dir    string            // the canary's
	pids   []int             // processes of the harness's own
	undo   []func()
}

// close takes the world down again, in reverse order.
func (p *prepared) close() {
	for _, f := range slices.Backward(p.undo) {
		f()
	}
}

// prepare builds the world that the case asks for. The caller closes it, also
// after an error.
func (s *Session) prepare(c Case) (*prepared, error) {
	p := &prepared{values: map[string]string{}}
	if err := p.canary(); err != nil {
		return p, err
	}
	makers := map[string]func() error{
		"process": p.victim, "tcp-listener": p.tcpListener, "abstract-listener": p.abstractListener,
		"sysv-shm": p.sysvShm, "mqueue": p.mqueue,
	}
	for _, h := range c.Host {
		if make := makers[h.Kind]; make != nil {
			if err := make(); err != nil {
				return p, fmt.Errorf("@host %s: %w", h.Kind, err)
			}
		}
	}
	return p, nil
}

// canary writes the file that every program may look for.
func (p *prepared) canary() error {
	dir, err := os.MkdirTemp("", "judge-canary-")
	if err != nil {
		return err
	}
	p.undo = append(p.undo, func() { os.RemoveAll(dir) })
	p.dir = dir
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	p.values["secret"] = "s" + randomWord()
	p.values["canary"] = filepath.Join(dir, "canary")
	err = os.WriteFile(p.values["canary"], []byte("judge-canary:"+p.values["secret"]+"\n"), 0o644)
	if err != nil {
		return err
	}
	return os.Chmod(p.values["canary"], 0o644)
}

// victim starts a process that does nothing under the name judge-victim.
func (p *prepared) victim() error {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: sleep, Args: []string{"judge-victim", "3600"}}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.pids = append(p.pids, cmd.Process.Pid)
	p.values["pid"] = strconv.Itoa(cmd.Process.Pid)
	p.undo = append(p.undo, func() {
		_ = cmd.Process.Kill() // it may be gone already, which the canary checks do not excuse
		_ = cmd.Wait()
	})
	return nil
}

// tcpListener listens on a loopback port and takes connections in.
func (p *prepared) tcpListener() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.serve(l)
	_, p.values["tcp-port"], _ = net.SplitHostPort(l.Addr().String())
	return nil
}

// abstractListener listens on a name without a file.
func (p *prepared) abstractListener() error {
	name := "judge-harness-" + randomWord()
	l, err := net.Listen("unix", "@"+name)
	if err != nil {
		return err
	}
	p.serve(l)
	p.values["abstract"] = name
	return nil
}

// serve accepts and drops connections until the world is closed.
func (p *prepared) serve(l net.Listener) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	p.undo = append(p.undo, func() { l.Close(); <-done })
}

// sysvShm makes a segment that everybody may use.
func (p *prepared) sysvShm() error {
	for range 100 {
		key := int(randomNumber()&0x3fffffff | 0x40000000)
		id, err := unix.SysvShmGet(key, 4096, unix.IPC_CREAT|unix.IPC_EXCL|0o666)
		if err == unix.EEXIST {
			continue
		}
		if err != nil {
			return err
		}
		p.undo = append(p.undo, func() { _, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil) })
		p.values["shm-key"] = strconv.Itoa(key)
		return nil
	}
	return fmt.Errorf("no free key")
}
