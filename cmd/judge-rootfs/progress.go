package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// progress tells on standard error how far the work is: on a terminal in one
// line that changes, elsewhere a line a step.
type progress struct {
	quiet, terminal bool
	what            string
	total           int64 // bytes of the archive, 0 if not known
	open            bool  // a line is there that has no end yet
}

// newProgress is that of a command, which reads file; "" for none.
func newProgress(c *call, what, file string) *progress {
	p := &progress{quiet: c.has("quiet"), what: what}
	_, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS)
	p.terminal = err == nil
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		p.total = info.Size()
	}
	return p
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
	p.line(fmt.Sprintf("%s: %s read%s, %d files", p.what, sizeText(read), share, files))
}

// step tells what is done next.
func (p *progress) step(text string) {
	if p.terminal {
		p.line(p.what + ": " + text)
	} else if !p.quiet {
		fmt.Fprintf(os.Stderr, "judge: %s: %s\n", p.what, text)
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
	fmt.Fprintf(os.Stderr, "\r\x1b[K%s", strings.ToValidUTF8(text, "?"))
	p.open = true
}

func (p *progress) end() {
	if p.open {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	p.open = false
}

// sizeText rounds to a tenth of the largest unit that a size fills.
func sizeText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value := float64(n)
	for value >= 1024 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0") + units[0]
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
