package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm"
	"judge/judge"
	"judge/judge/report"
	"judge/sandbox"
)

const workerUsage = "judge worker [flags]: judge what is sent to a farm"

func workerCommand(args []string) (_ int, err error) {
	var w grading.Working
	c, err := read("worker", workerUsage, 0, 0, args, func(c *call) { w.Flags(c.FlagSet) })
	if err != nil || c == nil {
		return 0, err
	}
	say := func(text string) {
		if !w.Quiet {
			fmt.Fprintln(os.Stderr, report.Cell("judge: "+text))
		}
	}
	labels, err := farm.Labels(w.Labels)
	if err != nil {
		return 0, err
	}
	options, err := engineOptions(w, say)
	if err != nil {
		return 0, err
	}
	if w.Cache == "" {
		w.Cache = grading.CacheDir("farm")
	}
	if w.Cache == "" {
		return 0, &cli.UsageError{What: "there is no place for the cache", Hint: "name one: --cache DIR"}
	}
	dir, remove, err := grading.Workplace()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	options.TempDir = dir
	f, leave, err := open(w.Far)
	if err != nil {
		return 0, err
	}
	defer leave()
	return work(f, w, options, labels, say)
}

// work judges until a signal ends it.
func work(f *farm.Farm, w grading.Working, options judge.Options, labels []string, say func(string)) (_ int, err error) {
	host := examine(say)
	options.Unfair = host.Unfair
	engines := farm.NewEngines(options)
	defer func() { err = errors.Join(err, engines.Close()) }()
	cache, err := farm.OpenCache(f, w.Cache, w.CacheSize<<20)
	if err != nil {
		return 0, err
	}
	roots, err := farm.NewRoots(f, "", w.RootfsSize<<20)
	if err != nil {
		return 0, err
	}
	worker := farm.NewWorker(f, farm.WorkerOptions{Bench: engines, Host: host, Labels: labels, Cache: cache, Roots: roots, Dir: options.TempDir, Warn: say})
	ctx, by, release := grading.Signals(func() {
		say("stopping when what runs has ended; a second signal stops it at once")
		worker.Halt()
	})
	defer release()
	say(worker.ID() + " works")
	if err := worker.Run(ctx); err != nil {
		return 0, err
	}
	return 128 + int(by()), nil
}

// examine finds out what this machine is like, and how fast. What cannot be measured keeps nobody from judging.
func examine(say func(string)) farm.HostInfo {
	health := grading.Examine()
	h := farm.HostInfo{Host: judge.ThisHost(), Cores: sandbox.PhysicalCores(), Safe: health.Safe, Fair: health.Fair, Unfair: health.Unfair}
	for _, why := range h.Unfair {
		say("this host cannot measure fairly, and its results say so: " + why)
	}
	var err error
	if h.Reference, err = grading.Speed(); err != nil {
		say(fmt.Sprintf("how fast this host is could not be measured: %v", err))
	}
	return h
}

// engineOptions are what this machine offers, whatever a batch asks for.
func engineOptions(w grading.Working, say func(string)) (judge.Options, error) {
	o := judge.Options{Version: version, Cache: grading.CacheDir("compile"), Results: grading.CacheDir("results"), Warn: say}
	if w.Jobs != "auto" {
		n, err := strconv.Atoi(w.Jobs)
		if err != nil || n < 1 || n > runtime.NumCPU() {
			return o, &cli.UsageError{What: fmt.Sprintf("--jobs %q", w.Jobs), Hint: fmt.Sprintf("a number from 1 to the %d cores that judge may use, or auto", runtime.NumCPU())}
		}
		o.Jobs = n
	}
	if w.CacheSize < 1 || w.CacheSize > mostMiB {
		return o, &cli.UsageError{What: fmt.Sprintf("--cache-size %d", w.CacheSize), Hint: fmt.Sprintf("MiB, 1 to %d", int64(mostMiB))}
	}
	if w.RootfsSize < 0 || w.RootfsSize > mostMiB {
		return o, &cli.UsageError{What: fmt.Sprintf("--rootfs-size %d", w.RootfsSize), Hint: fmt.Sprintf("MiB, %d at most; 0 fetches none", int64(mostMiB))}
	}
	var err error
	o.Languages, err = grading.Languages(w.Presets)
	return o, err
}
