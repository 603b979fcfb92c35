package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A userAt is a person at a terminal: the upper end of a pseudo-terminal, whose
// lower end judge is started on. It answers questions as an emulator does.
type userAt struct {
	t           *testing.T
	upper, tty  *os.File
	before      unix.Termios
	cmd         *exec.Cmd
	answerAfter time.Duration

	mu   sync.Mutex
	seen []byte
}

// at starts a program on a terminal of 40 by 100.
func at(t *testing.T, answerAfter time.Duration, args ...string) *userAt {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: judge makes namespaces and cgroups")
	}
	u := &userAt{t: t, answerAfter: answerAfter}
	var err error
	if u.upper, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.upper.Close() })
	fd := int(u.upper.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		u.tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.tty.Close() })
	u.resize(40, 100)
	u.before = u.settings()
	u.cmd = exec.Command(args[0], args[1:]...)
	u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = u.tty, u.tty, u.tty
	u.cmd.Env = append(os.Environ(), "TERM=vt220")
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		u.cmd.Process.Kill()
		u.cmd.Wait()
	})
	go u.emulate()
	return u
}

func (u *userAt) settings() unix.Termios {
	u.t.Helper()
	s, err := unix.IoctlGetTermios(int(u.tty.Fd()), unix.TCGETS)
	if err != nil {
		u.t.Fatal(err)
	}
	return *s
}

func (u *userAt) resize(rows, cols uint16) {
	u.t.Helper()
	if err := unix.IoctlSetWinsize(int(u.upper.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols}); err != nil {
		u.t.Fatal(err)
	}
}

// What an emulator answers, in the order in which it is asked. The title is what
// the program has made it.
var emulated = []struct{ question, answer string }{
	{"\x1b[c", "\x1b[?62;22c"}, {"\x1b[21t", "\x1b]l; touch injected\r"}, {"\x1bP$q\"p\x1b\\", "\x1bP1$r62;1\"p\x1b\\"}, {"\x05", "answerback\r"},
	{"\x1b[6n", "\x1b[1;1R"}, {"\x1b[5n", "\x1b[0n"},
}

// emulate reads what comes, and answers each question. A sequence that is not
// finished swallows all that follows, up to CAN.
func (u *userAt) emulate() {
	var rest []byte
	for buf := make([]byte, 4096); ; {
		n, err := u.upper.Read(buf)
		if err != nil {
			return
		}
		u.mu.Lock()
		u.seen = append(u.seen, buf[:n]...)
		u.mu.Unlock()
		rest = append(rest, buf[:n]...)
		for len(rest) > 0 {
			if bytes.HasPrefix(rest, []byte("\x1bPopen")) {
				i := bytes.IndexByte(rest, 0x18)
				if i < 0 {
					break
				}
				rest = rest[i+1:]
				continue
			}
			used := 1
			for _, e := range emulated {
				if bytes.HasPrefix(rest, []byte(e.question)) {
					used = len(e.question)
					if u.answerAfter > 0 {
						time.Sleep(u.answerAfter)
						u.upper.Write([]byte(e.answer))
					}
				}
			}
			rest = rest[used:]
		}
	}
}

// typed types.
func (u *userAt) typed(keys string) {
	u.t.Helper()
	if _, err := u.upper.WriteString(keys); err != nil {
		u.t.Fatal(err)
	}
}

// await waits for a text, and forgets all up to it.
func (u *userAt) await(text string) {
	u.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		u.mu.Lock()
		i := bytes.Index(u.seen, []byte(text))
		if i >= 0 {
			u.seen = u.seen[i+len(text):]
		}
		seen := string(u.seen)
		u.mu.Unlock()
		if i >= 0 {
			return
		}
		if time.Now().After(deadline) {
			u.t.Fatalf("no %q on the terminal: %q", text, seen)
		}
	}
}

// interrupt types Ctrl-C, again if the program had not the terminal yet, until a
// text comes.
func (u *userAt) interrupt(text string) {
	u.t.Helper()
	for range 50 {
		u.typed("\x03")
		for range 20 {
			time.Sleep(10 * time.Millisecond)
			u.mu.Lock()
			there := bytes.Contains(u.seen, []byte(text))
			u.mu.Unlock()
			if there {
				u.await(text)
				return
			}
		}
	}
	u.t.Fatalf("Ctrl-C brings no %q: %q", text, u.seen)
}

// ended waits for the end, and looks whether the terminal is as it was, with
// nothing in it for who reads next.
func (u *userAt) ended(status int) {
	u.t.Helper()
	done := make(chan struct{})
	go func() {
		u.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		u.t.Fatalf("%v does not end; it said %q", u.cmd.Args, u.seen)
	}
	if got := shellStatus(u.cmd.ProcessState); got != status {
		u.t.Errorf("%v: status %d, want %d; it said %q", u.cmd.Args, got, status, u.seen)
	}
	if now := u.settings(); now != u.before {
		u.t.Errorf("%v leaves the terminal with %+v, it was %+v", u.cmd.Args, now, u.before)
	}
	time.Sleep(4 * u.answerAfter)
	raw := u.before
	raw.Lflag &^= unix.ICANON // else what is no whole line would not be seen
	if err := unix.IoctlSetTermios(int(u.tty.Fd()), unix.TCSETS, &raw); err != nil {
		u.t.Fatal(err)
	}
	if n, err := unix.IoctlGetInt(int(u.tty.Fd()), unix.TIOCINQ); err != nil || n != 0 {
		u.t.Errorf("%v leaves %d bytes of input for the shell, %v", u.cmd.Args, n, err)
	}
}

func terminalJudge(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build(t, dir, "judge", false)
	return filepath.Join(dir, "judge")
}

// TestTerminal: the program has a real terminal of its own, which follows the
// caller's, and keys do there what they do.
func TestTerminal(t *testing.T) {
	judge := terminalJudge(t)
	u := at(t, 0, judge, "run", "-t", "--report", os.DevNull, "--wall-time", "100s", "sh")
	u.await("$ ")
	u.typed("tty; stty size; echo $TERM; test -t 0 && test -t 1 && test -t 2 && echo all; ps -o tty= -p $$\r")
	u.await("/dev/pts/0\r\n40 100\r\nvt220\r\nall\r\npts/0\r\n")
	u.typed("echo waits; while [ \"$(stty size)\" = '40 100' ]; do sleep 0.01; done; stty size\r")
	u.await("waits\r\n")
	u.resize(33, 77)
	u.await("33 77\r\n")
	u.typed("echo start; sleep 1000\r")
	u.await("start\r\n")
	u.interrupt("$ ")
	u.typed("cat\r")
	u.await("cat\r\n")
	u.typed("line\r\x04")
	u.await("line\r\nline\r\n$ ")
	u.typed("exit 5\r")
	u.ended(5)

	u = at(t, 0, judge, "run", "-t", "--report", os.DevNull, "sh", "-c", "trap 'stty size; exit 4' WINCH; echo waits; while :; do sleep 0.01; done")
	u.await("waits\r\n")
	u.resize(33, 77)
	u.await("33 77\r\n")
	u.ended(4)

	u = at(t, 0, judge, "run", "-t", "--report", os.DevNull, "sleep", "1000")
	for deadline := time.Now().Add(time.Minute); u.settings() == u.before && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	u.interrupt("^C")
	u.ended(130)
}

// TestTerminalIsRestored: however it ends, but by SIGKILL.
func TestTerminalIsRestored(t *testing.T) {
	judge := terminalJudge(t)
	for name, test := range map[string]struct {
		sig    unix.Signal
		args   []string
		status int
	}{
		"SIGTERM":      {unix.SIGTERM, []string{"sh", "-c", "echo ready; sleep 1000"}, 143},
		"SIGINT":       {unix.SIGINT, []string{"sh", "-c", "echo ready; exec sleep 1000"}, 130},
		"SIGHUP":       {unix.SIGHUP, []string{"sh", "-c", "echo ready; sleep 1000"}, 129},
		"SIGQUIT":      {unix.SIGQUIT, []string{"sh", "-c", "echo ready; exec sleep 1000"}, 131},
		"deaf":         {unix.SIGTERM, []string{"sh", "-c", "trap '' TERM HUP; echo ready; sleep 1000"}, 143},
		"a limit":      {0, []string{"--wall-time", "300ms", "sh", "-c", "echo ready; sleep 1000"}, 124},
		"output":       {0, []string{"--output", "100k", "sh", "-c", "echo ready; yes"}, 153},
		"raw":          {0, []string{"sh", "-c", "stty raw -echo; echo ready"}, 0},
		"cannot start": {0, []string{"/etc/passwd"}, 126},
		"not found":    {0, []string{"no-such-program"}, 127},
		"usage":        {0, []string{"--rootfs", "/nowhere", "true"}, 125},
		"no report":    {0, []string{"--report", "/dev/full", "sh", "-c", "echo ready"}, 125},
	} {
		t.Run(name, func(t *testing.T) {
			u := at(t, 0, append([]string{judge, "run", "-t", "--grace", "200ms", "--report", os.DevNull}, test.args...)...)
			if test.status < 125 || test.status > 127 {
				u.await("ready")
			}
			if test.sig != 0 {
				u.cmd.Process.Signal(test.sig)
			}
			u.ended(test.status)
		})
	}
	t.Run("panic", func(t *testing.T) {
		u := at(t, 0, "sleep", "1000")
		tty := &userTerminal{in: int(u.tty.Fd()), out: -1}
		was := u.before
		tty.was = &was
		if err := tty.raw(); err != nil || u.settings() == u.before {
			t.Fatalf("not raw: %v", err)
		}
		func() {
			defer func() { recover() }()
			defer tty.restore()
			panic("any")
		}()
		if u.settings() != u.before {
			t.Error("the terminal stays raw")
		}
		tty.restore() // does nothing
	})
}

// TestTerminalAnswers: what the caller's terminal answers to a program, also after
// its end, is nothing that his shell reads.
func TestTerminalAnswers(t *testing.T) {
	judge := terminalJudge(t)
	for name, text := range map[string]string{
		"attributes": `\033[c`, "the title": `\033]2;x; touch injected\007\033[21t`, "settings": `\033P$q"p\033\\`, "answerback": `\005`,
		"many": `\033[c\033[6n\033[21t\033[c\005`, "an open sequence": `\033[c\033Popen`, "plain": `text`,
	} {
		t.Run(name, func(t *testing.T) {
			u := at(t, 10*time.Millisecond, judge, "run", "-t", "--report", os.DevNull, "printf", text)
			u.ended(0)
		})
	}
	t.Run("a terminal that never answers", func(t *testing.T) {
		u := at(t, 0, judge, "run", "-t", "--report", os.DevNull, "printf", `\033[c`)
		u.ended(0)
	})
	t.Run("TIOCSTI", func(t *testing.T) {
		u := at(t, 0, judge, "run", "-t", "--report", os.DevNull, "python3", "-c",
			"import fcntl, termios\nfor c in 'id\\n':\n  try: fcntl.ioctl(open('/dev/tty', 'w'), termios.TIOCSTI, c)\n  except OSError as e: print('refused', e.errno)")
		u.await("refused")
		u.ended(0)
	})
}

// TestTerminalOfNobody: without a terminal of the caller's the program has one all the same.
func TestTerminalOfNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: judge makes namespaces and cgroups")
	}
	cmd := exec.Command(terminalJudge(t), "run", "-t", "--report", os.DevNull, "sh", "-c", "stty -echo; tty; stty size; cat; echo end")
	cmd.Stdin = strings.NewReader("a line\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "/dev/pts/0\r\n24 80\r\n") || !strings.HasSuffix(string(out), "a line\r\nend\r\n") {
		t.Errorf("%v: %q", err, out)
	}
}

// TestTerminalOfASecondCommand: judge exec -t.
func TestTerminalOfASecondCommand(t *testing.T) {
	judge := terminalJudge(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root: judge makes namespaces and cgroups")
	}
	out := filepath.Join(t.TempDir(), "out")
	run := exec.Command(judge, "run", "-q", "--name", "with-terminal", "--stdout", out, "--report", os.DevNull, "--wall-time", "100s", "sh", "-c", "echo ready; sleep 1000")
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		run.Process.Kill()
		run.Wait()
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if data, _ := os.ReadFile(out); len(data) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run does not begin")
		}
	}
	u := at(t, 0, judge, "exec", "-t", "with-terminal", "sh")
	u.await("$ ")
	u.typed("tty; stty size; test -t 2 && echo all\r")
	u.await("/dev/pts/0\r\n40 100\r\nall\r\n")
	u.resize(20, 30)
	u.typed("stty size\r")
	u.await("20 30\r\n")
	u.typed("sleep 1000\r")
	u.await("1000\r\n")
	u.interrupt("$ ")
	u.typed("exit 9\r")
	u.ended(9)
}

// TestWebServer: Ctrl-C stops a server, as it would without judge.
func TestWebServer(t *testing.T) {
	u := at(t, 0, terminalJudge(t), "run", "-t", "--report", os.DevNull, "--wall-time", "100s", "python3", "-u", "-m", "http.server", "8000")
	u.await("Serving HTTP on 0.0.0.0 port 8000")
	u.interrupt("Keyboard interrupt received, exiting.")
	u.ended(0)
}
