package farm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"

	"judge/farm"
	"judge/farm/server"
)

// This program is also a server, and a worker that judges nothing in earnest: processes of their own, which can be
// killed and stopped.
func TestMain(m *testing.M) {
	what := os.Getenv("JUDGE_TEST_FARM")
	if what == "" {
		os.Exit(m.Run())
	}
	go func() { // it ends with who started it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var err error
	if what == "worker" {
		err = farm.ActWorker(os.Args[1:])
	} else {
		err = actServer(what)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// actServer is a server by options as JSON. It prints its URL when all is there.
func actServer(text string) error {
	var o server.Options
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	s, err := server.Start(o)
	if err != nil {
		return err
	}
	if err := s.Settle(context.Background(), func(text string) { fmt.Fprintln(os.Stderr, text) }); err != nil {
		return err
	}
	fmt.Println(s.ClientURL())
	return s.Watch(context.Background(), func(text string) { fmt.Println(text) })
}
