package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm/server"
	"judge/farm/web"
	"judge/judge/report"
)

const tokenUsage = "judge-farm token USER ROLE: make a token for judge serve --tokens; ROLE is read, submit or admin"

// webOptions are those of the site that a server has beside it.
func webOptions(s *grading.Serving) web.Options {
	return web.Options{Listen: s.HTTP, Cert: s.Cert, Key: s.Key, Tokens: s.Tokens, Closed: s.Users != "", User: loginName(), Dir: filepath.Join(s.Store, "judge-uploads"),
		Version: version, MaxUpload: s.MaxUpload << 20, Warn: func(text string) { fmt.Fprintln(os.Stderr, report.Cell("judge: "+text)) }}
}

// checkWeb refuses, before anything starts, what would not be served.
func checkWeb(s *grading.Serving) error {
	if s.HTTP == "" && s.Tokens != "" {
		return &cli.UsageError{What: "--tokens is for HTTP", Hint: "--http ADDRESS:PORT says where"}
	}
	if s.MaxUpload < 1 || s.MaxUpload > mostMiB {
		return &cli.UsageError{What: fmt.Sprintf("--max-upload %d", s.MaxUpload), Hint: fmt.Sprintf("MiB, 1 to %d", int64(mostMiB))}
	}
	if s.HTTP == "" {
		return nil
	}
	return webOptions(s).Check()
}

// serveWeb begins a site; the function ends it. Without --http there is none.
func serveWeb(ctx context.Context, s *grading.Serving, running *server.Server) (func() error, error) {
	none := func() error { return nil }
	o := webOptions(s)
	if s.HTTP == "" {
		return none, os.RemoveAll(o.Dir) // of a server that had one, and was killed
	}
	f, leave, err := running.Farm(ctx, o.User)
	if err != nil {
		return none, err
	}
	o.Farm = f
	site, err := web.Start(o)
	if err != nil {
		leave()
		return none, err
	}
	fmt.Fprintf(os.Stderr, "judge: the page is %s\n", site.URL())
	return func() error {
		defer leave()
		return site.Close()
	}, nil
}

// tokenCommand prints the line of a new token; the token itself goes to standard error, for whoever is to have it.
func tokenCommand(args []string) (int, error) {
	c, err := read("token", tokenUsage, 2, 2, args, func(*call) {})
	if err != nil || c == nil {
		return 0, err
	}
	secret, line, err := web.NewToken(c.Arg(0), web.Role(c.Arg(1)))
	if err != nil {
		return 0, err
	}
	_, err = fmt.Println(line)
	_, failed := fmt.Fprintf(os.Stderr, "judge: the token of %s, which is shown this once:\n%s\n", c.Arg(0), secret)
	return 0, errors.Join(err, failed)
}
