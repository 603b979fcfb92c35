package grading

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"judge/judge/batch"
	"judge/judge/report"
)

const (
	fewSubmissions = 100                    // of so many each is told of in a line, where there is no terminal
	plainInterval  = 10 * time.Second       // between lines, else
	drawInterval   = 200 * time.Millisecond // between changes of a terminal's line
)

// A progress tells on standard error how a grading goes: on a terminal in one line that
// changes, else in a line a submission, or, of many submissions, in one now and then.
type progress struct {
	*options
	width int // of the terminal; 0 is none

	mu      sync.Mutex
	batch   *batch.Batch // nil before it runs
	counts  report.Counts
	began   time.Time
	visible bool // the line is there
	halting bool
	quit    chan struct{}
	ended   sync.WaitGroup
}

func newProgress(o *options) *progress {
	return &progress{options: o, width: terminalWidth(os.Stderr), counts: report.Counts{}, quit: make(chan struct{})}
}

// terminalWidth is how many characters a line of a terminal has; 0 of what is none, or
// cannot move its cursor. Source: ioctl_tty(2), TIOCGWINSZ.
func terminalWidth(f *os.File) int {
	if os.Getenv("TERM") == "dumb" {
		return 0
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return 80
	}
	return int(size.Col)
}

// start begins to tell of a batch.
func (p *progress) start(b *batch.Batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch, p.began = b, time.Now()
	if p.quiet || p.width == 0 && b.Count() <= fewSubmissions {
		return
	}
	interval := plainInterval
	if p.width > 0 {
		interval = drawInterval
	}
	p.ended.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.draw()
			case <-p.quit:
				return
			}
		}
	})
}

// end leaves no line.
func (p *progress) end() {
	close(p.quit)
	p.ended.Wait()
	p.hide()
}

// draw tells how far it is.
func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := "judge: " + progressText(p.batch.State(), p.counts, time.Since(p.began), p.halting)
	if p.width == 0 {
		fmt.Fprintln(os.Stderr, text)
		return
	}
	if r := []rune(text); len(r) >= p.width { // one column is left, so that no terminal breaks the line
		text = string(r[:p.width-1])
	}
	fmt.Fprintf(os.Stderr, "\r%s\x1b[K", text)
	p.visible = true
}

// progressText is one line.
func progressText(s batch.State, counts report.Counts, since time.Duration, halting bool) string {
	parts := []string{fmt.Sprintf("%d of %d submissions", s.Done, s.Items), fmt.Sprintf("%d running", s.Running)}
	if since >= time.Second {
		parts = append(parts, fmt.Sprintf("%.0f cases/s", float64(s.Cases)/since.Seconds()))
	}
	switch left, known := timeLeft(s, since); {
	case halting:
		parts = append(parts, "stopping")
	case known:
		parts = append(parts, left.String()+" left")
	}
	text := strings.Join(parts, ", ")
	if words := counts.Words(); words != "" {
		text += ": " + words
	}
	return text
}

// timeLeft is how long the rest takes at the pace so far; what came out of a journal was no work.
func timeLeft(s batch.State, since time.Duration) (time.Duration, bool) {
	graded := s.Done - s.Resumed
	if graded <= 0 || since < 2*time.Second {
		return 0, false
	}
	left := time.Duration(float64(since) / float64(graded) * float64(s.Items-s.Done))
	return left.Round(time.Second), true
}

// hide takes the line away: something else is written.
func (p *progress) hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// clear is hide. The caller holds mu.
func (p *progress) clear() {
	if p.visible {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		p.visible = false
	}
}

// warn tells something about a package.
func (p *progress) warn(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.say("%s", text)
}

// done tells of a submission, where not too many would be told of.
func (p *progress) done(d batch.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Add(d.Result)
	if p.width == 0 && p.batch.Count() <= fewSubmissions {
		p.say("%s: %s %s", d.Result.Submission, d.Result.Verdict, d.Result.Reason)
	}
}

// stopping tells what the first signal does.
func (p *progress) stopping() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halting = true
	p.clear()
	p.say("stopping when what runs has ended; a second signal stops it at once")
}
