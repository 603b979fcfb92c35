package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
)

// progress tells on standard error how far the work is: on a terminal in one
// line that changes, elsewhere a line a step. A build's steps are told by one
// goroutine, and what was read of its archive by another.
type progress struct {
	to              io.Writer
	quiet, terminal bool
	what            string
	total           int64 // bytes of the archive, 0 if not known

	mu   sync.Mutex
	open bool // a line is there that has no end yet
}

// newProgress is that of a command, which reads file; "" for none.
func newProgress(c *call, what, file string) *progress {
	p := &progress{to: os.Stderr, quiet: c.has("quiet"), what: what, terminal: isTerminal(os.Stderr)}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		p.total = info.Size()
	}
	return p
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// bytes is told what was read of an archive, and how many files came of it.
func (p *progress) bytes(read int64, files int) {
	if !p.terminal {
		return
	}
	share := ""
	if p.total > 0 {
		share = fmt.Sprintf(", %d %%", min(100, 100*read/p.total))
	}
	p.line(fmt.Sprintf("%s: %s read%s, %d files", p.what, cli.SizeText(read), share, files))
}

// step tells what is done next.
func (p *progress) step(text string) {
	if p.terminal {
		p.line(p.what + ": " + text)
	} else if !p.quiet {
		fmt.Fprintf(p.to, "judge: %s: %s\n", p.what, text)
	}
}

func (p *progress) line(text string) {
	if p.quiet {
		return
	}
	const width = 100 // wider lines would leave their first part on narrow terminals
	if len(text) > width {
		text = text[:width]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.to, "\r\x1b[K%s", strings.ToValidUTF8(text, "?"))
	p.open = true
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
	p.open = false
}

// ago is how long ago something was, roughly.
func ago(t, now time.Time) string {
	d := max(now.Sub(t), 0)
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dmin", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
