package grading

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"judge/judge/language"
)

// Serving is what judge serve is told.
type Serving struct {
	Listen, Store, URLFile string
	MaxStore               int64 // MiB
	Cert, Key, Users       string

	Cluster, Node, ClusterListen, Routes, Secret, CA string
	Replicas                                         int

	Keep int // days

	Web
}

// Flags are those of judge serve.
func (s *Serving) Flags(f *pflag.FlagSet) {
	f.StringVar(&s.Listen, "listen", "127.0.0.1:4222", "`ADDRESS:PORT`: where; beyond this machine only with TLS and users")
	f.StringVar(&s.Store, "store", "", "`DIR`: keeps what is sent and judged (/var/lib/judge/farm; an ordinary user's own)")
	f.Int64Var(&s.MaxStore, "max-store", 0, "`MIB`: of the disk at most (three quarters of what is free)")
	f.IntVar(&s.Keep, "keep", 0, "`DAYS`: removes batches that are over for longer, and at the start what no batch needs (all is kept)")
	f.StringVar(&s.Cert, "tls-cert", "", "`FILE`: PEM: the server's certificate")
	f.StringVar(&s.Key, "tls-key", "", "`FILE`: PEM: the key of that")
	f.StringVar(&s.Users, "users", "", "`FILE`: who may do what: a line each, a public NKey, a name, and submit, work or admin")
	f.StringVar(&s.Cluster, "cluster", "", "`NAME`: be one of the servers of a cluster")
	f.StringVar(&s.Node, "name", "", "`NODE`: what this server is called in its cluster (the host's name)")
	f.StringVar(&s.ClusterListen, "cluster-listen", "127.0.0.1:6222", "`ADDRESS:PORT`: where, for the other servers; beyond this machine only with TLS and a secret")
	f.StringVar(&s.Routes, "routes", "", "`ADDRESS:PORT,...`: where all servers of the cluster, this one too, listen for each other")
	f.StringVar(&s.Secret, "cluster-secret", "", "`FILE`: by what the servers know each other")
	f.StringVar(&s.CA, "tls-ca", "", "`FILE`: PEM: who vouches for the servers of the cluster")
	f.IntVar(&s.Replicas, "replicas", 0, "`N`: servers that keep each thing (3, or 1 where there are fewer)")
	s.Web.Flags(f)
	f.StringVar(&s.URLFile, "url-file", "", "`FILE`: gets the URL as soon as the server answers")
}

// Working is what judge worker is told.
type Working struct {
	Far
	Jobs, Presets, Cache string
	CacheSize            int64 // MiB
	RootfsSize           int64 // MiB
	Quiet                bool
}

// Flags are those of judge worker.
func (w *Working) Flags(f *pflag.FlagSet) {
	f.StringVarP(&w.Jobs, "jobs", "j", "auto", "`N|auto`: programs that run at once (one for each physical core)")
	f.StringVar(&w.Labels, "labels", "", "`LABEL,...`: what batches may ask for")
	f.StringVar(&w.Presets, "presets", "", "`FILE`: TOML that changes languages and adds others; takes batches by the same")
	f.StringVar(&w.Cache, "cache", "", "`DIR`: keeps packages and submissions (/var/cache/judge/farm; an ordinary user's own)")
	f.Int64Var(&w.CacheSize, "cache-size", 1024, "`MIB`: of it at most")
	f.Int64Var(&w.RootfsSize, "rootfs-size", 16384, "`MIB`: of root file systems that batches want and that are fetched into the store; 0 fetches none")
	f.BoolVarP(&w.Quiet, "quiet", "q", false, "nothing on standard error but errors")
	w.Far.Flags(f)
}

// Asking is what judge status, watch and cancel are told.
type Asking struct {
	Far
	JSON bool // of status alone
}

// Flags are those of a command.
func (a *Asking) Flags(command string, f *pflag.FlagSet) {
	if command == "status" {
		f.BoolVar(&a.JSON, "json", false, "print JSON")
	}
	a.Far.Flags(f)
}

// Languages are those that judge brings, with what a file of presets says over them; "" is none.
func Languages(presets string) (*language.Set, error) { return languages(presets) }

// CacheDir is where something is cached: the system's place for root, else the user's own; "" if
// there is none.
func CacheDir(what string) string { return cacheDir(what) }

// StoreDir is where judge serve keeps what must last; "" if there is no place.
func StoreDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/judge/farm"
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "judge", "farm")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "state", "judge", "farm")
}

// Workplace makes a directory for what grading leaves on disk; the function removes it. One of a
// program that was killed is removed by whoever makes the next.
func Workplace() (dir string, remove func() error, err error) {
	w, err := newWorkplace()
	if err != nil {
		return "", nil, err
	}
	return w.path(), w.close, nil
}

// Signals turns the first signal that asks judge to stop into a call, and the second into the end of
// the context. by is the first; 0 if there was none.
func Signals(first func()) (ctx context.Context, by func() unix.Signal, release func()) {
	c := catch(first)
	return c.ctx, c.by, c.release
}
