package server

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Servers of a cluster find each other by TLS and their secret; one with another secret, or a certificate that nobody vouches for,
// stays outside.
func TestRoutes(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	secret := write(t, dir, "secret", strings.Repeat("ab", 16))
	var routes []string
	for range 4 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, l.Addr().String())
		l.Close()
	}
	start := func(n int, change func(*Options)) *Server {
		t.Helper()
		o := Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, fmt.Sprint(n)), Cert: cert, Key: key, MaxStore: 1 << 30,
			Cluster: Cluster{Name: "c", Node: fmt.Sprint("n", n), Listen: routes[n], Routes: strings.Join(routes[:2], ","), Secret: secret, CA: cert}}
		if n > 1 {
			o.Cluster.Routes += "," + routes[n]
		}
		change(&o)
		s, err := Start(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Stop() })
		return s
	}
	a := start(0, func(*Options) {})
	start(1, func(*Options) {})
	for deadline := time.Now().Add(20 * time.Second); a.NumRemotes() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("two servers do not find each other")
		}
	}
	known := a.NumRemotes()
	stranger := start(2, func(o *Options) {
		o.Cluster.Secret = write(t, dir, "other", strings.Repeat("cd", 16))
	})
	own := t.TempDir()
	otherCert, otherKey := certificate(t, own)
	forged := start(3, func(o *Options) { o.Cert, o.Key, o.Cluster.CA = otherCert, otherKey, otherCert })
	time.Sleep(300 * time.Millisecond) // they try, again and again
	if stranger.NumRemotes() != 0 || forged.NumRemotes() != 0 || a.NumRemotes() != known {
		t.Errorf("routes: %d with another secret, %d with another certificate; %d were %d", stranger.NumRemotes(), forged.NumRemotes(), a.NumRemotes(), known)
	}
}
