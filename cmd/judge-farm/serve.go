package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm/server"
)

const serveUsage = "judge serve [flags]: be the server where workers of a farm meet"

// mostMiB is what can be said in bytes.
const mostMiB = math.MaxInt64 >> 20

func serveCommand(args []string) (int, error) {
	var s grading.Serving
	c, err := read("serve", serveUsage, 0, 0, args, func(c *call) { s.Flags(c.FlagSet) })
	if err != nil || c == nil {
		return 0, err
	}
	if s.Store == "" {
		s.Store = grading.StoreDir()
	}
	if s.Store == "" {
		return 0, &cli.UsageError{What: "there is no place for the store", Hint: "name one: --store DIR"}
	}
	if s.MaxStore < 0 || s.MaxStore > mostMiB {
		return 0, &cli.UsageError{What: fmt.Sprintf("--max-store %d", s.MaxStore), Hint: fmt.Sprintf("MiB, %d at most; 0 is three quarters of what is free", int64(mostMiB))}
	}
	if s.Keep < 0 || s.Keep > 36500 {
		return 0, &cli.UsageError{What: fmt.Sprintf("--keep %d", s.Keep), Hint: "days, 36500 at most; 0 keeps all"}
	}
	if err := checkWeb(&s); err != nil {
		return 0, err
	}
	return serve(&s)
}

func serve(s *grading.Serving) (int, error) {
	stopped, halt := context.WithCancel(context.Background())
	defer halt()
	_, by, release := grading.Signals(halt)
	defer release()
	running, err := server.Start(serverOptions(s))
	if err != nil {
		return 0, err
	}
	url := running.ClientURL()
	fmt.Fprintf(os.Stderr, "judge: serving %s, the store is %s\n", url, s.Store)
	say := func(text string) { fmt.Fprintln(os.Stderr, "judge: "+text) }
	err = running.Settle(stopped, say)
	closeWeb := func() error { return nil }
	if err == nil {
		closeWeb, err = serveWeb(stopped, s, running)
	}
	if err == nil && s.URLFile != "" {
		err = writeURL(s.URLFile, url)
	}
	if err != nil && stopped.Err() == nil {
		return 0, errors.Join(err, closeWeb(), running.Stop())
	}
	var tended sync.WaitGroup
	for _, tend := range []func(context.Context) error{running.Tend, func(ctx context.Context) error { return running.Retire(ctx, say) }} {
		tended.Go(func() {
			if err := tend(stopped); err != nil && stopped.Err() == nil {
				say(err.Error())
			}
		})
	}
	err = running.Watch(stopped, say)
	halt()
	tended.Wait()
	if err = errors.Join(err, closeWeb(), running.Stop()); err != nil && by() == 0 {
		return 0, err
	}
	return 128 + int(by()), err
}

func serverOptions(s *grading.Serving) server.Options {
	o := server.Options{Listen: s.Listen, Dir: s.Store, MaxStore: s.MaxStore << 20, Cert: s.Cert, Key: s.Key, Users: s.Users, Keep: time.Duration(s.Keep) * 24 * time.Hour}
	o.Cluster = server.Cluster{Name: s.Cluster, Node: s.Node, Listen: s.ClusterListen, Routes: s.Routes, Secret: s.Secret, CA: s.CA, Replicas: s.Replicas}
	if host, err := os.Hostname(); err == nil && s.Cluster != "" && s.Node == "" {
		o.Cluster.Node = host
	}
	return o
}

// writeURL gives a file its name when all is in it: who waits for it never sees a part.
func writeURL(name, url string) error {
	temp := name + ".new"
	err := os.WriteFile(temp, []byte(url+"\n"), 0o644)
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return fmt.Errorf("--url-file: %w", err)
	}
	return nil
}
