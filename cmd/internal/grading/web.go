package grading

import "github.com/spf13/pflag"

// Web is what judge serve is told of HTTP.
type Web struct {
	HTTP, Tokens string
	MaxUpload    int64 // MiB
}

// Flags are those of judge serve.
func (w *Web) Flags(f *pflag.FlagSet) {
	f.StringVar(&w.HTTP, "http", "", "`ADDRESS:PORT`: a page for browsers, and an API, as 127.0.0.1:8080; beyond this machine only with TLS and tokens")
	f.StringVar(&w.Tokens, "tokens", "", "`FILE`: who may ask over HTTP: a line each, as judge-farm token USER ROLE prints it")
	f.Int64Var(&w.MaxUpload, "max-upload", 1024, "`MIB`: of an archive that is sent over HTTP, at most")
}
