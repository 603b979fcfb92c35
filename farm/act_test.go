package farm

import (
	"context"
	"fmt"
	"os"
	ossignal "os/signal"
	"strings"
	"syscall"
	"time"
)

// ActWorker is a worker as a process: args are the server's URL, when it says "there" and is killed or stopped (before
// or after the verdict of the case "01"), by which signal,
// and a folder.
func ActWorker(args []string) error {
	url, when := args[0], args[1]
	var by syscall.Signal
	if _, err := fmt.Sscan(args[2], &by); err != nil {
		return err
	}
	nc, err := Access{URL: url, Name: "act", Ping: time.Second}.Connect()
	if err != nil {
		return err
	}
	f, err := Open(context.Background(), nc, impatient())
	if err != nil {
		return err
	}
	dir := args[3]
	cache, err := OpenCache(f, dir, 0)
	if err != nil {
		return err
	}
	b := newBench(1)
	die := func(name string) {
		if strings.HasSuffix(name, "01") {
			fmt.Println("there")
			goOn := make(chan os.Signal, 1)
			ossignal.Notify(goOn, syscall.SIGCONT)
			_ = syscall.Kill(os.Getpid(), by) // what becomes of it is seen from outside
			<-goOn                            // another thread may be the first that feels it
		}
	}
	switch when {
	case "before":
		b.before = func(_ context.Context, _, name string) error { die(name); return nil }
	case "after":
		b.after = func(_, name string) { die(name) }
	}
	return NewWorker(f, WorkerOptions{Bench: b, Cache: cache, Dir: dir, Warn: func(text string) { fmt.Fprintln(os.Stderr, "worker process:", text) }}).Run(context.Background())
}
