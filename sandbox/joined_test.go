package sandbox_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/sandbox"
)

// joinedRuns runs two shell scripts whose streams are crossed.
func joinedRuns(t *testing.T, scripts [2]string) (reports [2]sandbox.Report, said [2]string) {
	t.Helper()
	var cmds [2]sandbox.Command
	var heard [2]bytes.Buffer
	for i := range cmds {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmds[i].Stdout, cmds[1-i].Stdin = w, r
		cmds[i].Args, cmds[i].Joined, cmds[i].Inside = []string{"bash", "-c", scripts[i]}, true, true
		cmds[i].Observe = func(b []byte) { heard[i].Write(b) }
	}
	p := builtin(t, "strict")
	p.Limits.WallTime = 20 * time.Second
	var wait sync.WaitGroup
	for i := range cmds {
		wait.Go(func() {
			var err error
			if reports[i], err = sandbox.Run(context.Background(), cmds[i], p); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	return reports, [2]string{heard[0].String(), heard[1].String()}
}

func TestJoined(t *testing.T) {
	long, flood := strings.Repeat("0123456789", 6), strings.Repeat("\x00", 500_000)
	tests := []struct {
		name    string
		scripts [2]string
		status  [2]sandbox.Status
		said    [2]string
	}{
		{"they talk", [2]string{`echo 1; read x; echo $((x+1)); read x; test "$x" = 4`, `read x; echo $((x+1)); read x; echo $((x+1))`},
			[2]sandbox.Status{"ok", "ok"}, [2]string{"1\n3\n", "2\n4\n"}},
		{"who closes its output is heard", [2]string{`exec >&-; cat >/dev/null; exit 3`, `cat >/dev/null; exit 4`},
			[2]sandbox.Status{"nonzero-exit", "nonzero-exit"}, [2]string{"", ""}},
		{"who ends is heard", [2]string{`true`, `cat; sleep 0.2; exit 4`},
			[2]sandbox.Status{"ok", "nonzero-exit"}, [2]string{"", ""}},
		{"nobody reads, and no SIGPIPE comes", [2]string{`exec <&-; exec >&-; sleep 0.5`, `trap 'exit 9' PIPE; for i in {1..2000}; do echo ` + long + `; done; exit 0`},
			[2]sandbox.Status{"ok", "ok"}, [2]string{"", strings.Repeat(long+"\n", 2000)}},
		{"a flood is not lost", [2]string{`head -c 500000 /dev/zero; exec >&-; cat >/dev/null`, `sleep 0.3; cat >/tmp/x; cat /tmp/x`},
			[2]sandbox.Status{"ok", "ok"}, [2]string{flood, flood}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reports, said := joinedRuns(t, test.scripts)
			for i, r := range reports {
				if r.Status != test.status[i] {
					t.Errorf("%d: %s (%s), want %s", i, r.Status, r.Reason, test.status[i])
				}
				if want := test.said[i]; said[i] != want {
					t.Errorf("%d said %d bytes, %.40q, want %d, %.40q", i, len(said[i]), said[i], len(want), want)
				}
			}
		})
	}
}

// What was handed over is closed though nothing was started.
func TestJoinedIsClosed(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = sandbox.Run(context.Background(), sandbox.Command{Args: []string{"a\x00b"}, Stdout: w, Joined: true}, builtin(t, "strict"))
	if err == nil {
		t.Fatal("no error")
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d, %v", n, err)
	}
}
