package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"judge/farm"
)

// Who comes in by the door of the other servers may do all, so it is open to nobody else.
func TestClusterRefused(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	secret := write(t, dir, "secret", strings.Repeat("ab", 16)+"\n")
	readable := write(t, dir, "readable", strings.Repeat("ab", 16))
	if err := os.Chmod(readable, 0o644); err != nil {
		t.Fatal(err)
	}
	friend, _ := user(t, dir, "friend")
	users := write(t, dir, "users", friend+" friend submit\n")
	c := Cluster{Name: "c", Node: "n1", Listen: "127.0.0.1:16222", Routes: "127.0.0.1:16222,127.0.0.1:16223,127.0.0.1:16224"}
	open := c
	open.Listen, open.Secret, open.CA = "0.0.0.0:16222", secret, cert
	for name, test := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no name of a cluster":  {func(o *Options) { o.Cluster.Name = "" }, "in no cluster"},
		"a name that is none":   {func(o *Options) { o.Cluster.Name = "a b" }, `--cluster "a b"`},
		"a node that is none":   {func(o *Options) { o.Cluster.Node = "" }, `--name ""`},
		"no other server":       {func(o *Options) { o.Cluster.Routes = o.Cluster.Listen }, "names no other server"},
		"a route without port":  {func(o *Options) { o.Cluster.Routes += ",example.org" }, "missing port"},
		"a free port":           {func(o *Options) { o.Cluster.Listen = "127.0.0.1:0" }, "must know the port"},
		"too many replicas":     {func(o *Options) { o.Cluster.Replicas = 4 }, "--replicas 4 of a cluster of 3"},
		"users without secret":  {func(o *Options) { o.Users = users }, "without a secret"},
		"network, no secret":    {func(o *Options) { o.Cluster, o.Cluster.Secret = open, "" }, "without a secret"},
		"network, no TLS":       {func(o *Options) { o.Cluster = open }, "open to the network"},
		"network, no CA":        {func(o *Options) { o.Cluster, o.Cluster.CA, o.Cert, o.Key = open, "", cert, key }, "open to the network"},
		"a CA without TLS":      {func(o *Options) { o.Cluster.CA = cert }, "nothing that it vouches for"},
		"a CA that is none":     {func(o *Options) { o.Cluster.CA, o.Cert, o.Key = secret, cert, key }, "no certificate in it"},
		"a secret for all":      {func(o *Options) { o.Cluster.Secret = readable }, "others may read it"},
		"a secret that is none": {func(o *Options) { o.Cluster.Secret = write(t, dir, "short", "abc") }, "16 printable"},
	} {
		o := Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "store"), Cluster: c}
		test.change(&o)
		s, err := Start(o)
		if err == nil {
			t.Errorf("%s: it serves", name)
			s.Stop()
			continue
		}
		var refusal *farm.Refusal
		if !errors.As(err, &refusal) || refusal.Hint == "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	opts := &server.Options{}
	o := Options{Listen: "127.0.0.1:0", Cert: cert, Key: key, Cluster: open}
	if err := o.join(opts); err != nil || opts.Cluster.TLSConfig == nil || opts.Cluster.Password == "" || len(opts.Routes) != 3 {
		t.Errorf("a cluster with all that it needs: %v, %+v", err, opts.Routes)
	}
}

// A store of a server alone is not taken into a cluster, which would delete it; nor one of a cluster out of it.
func TestClusterStore(t *testing.T) {
	dir := t.TempDir()
	alone := Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "alone")}
	s, err := Start(alone)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	c := Cluster{Name: "c", Node: "n1", Listen: "127.0.0.1:16222", Routes: "127.0.0.1:16222,127.0.0.1:16223"}
	other := c
	other.Node = "n2"
	for _, test := range []struct {
		c    Cluster
		dir  string
		want string
	}{
		{c, "alone", "is of a server in no cluster"},
		{Cluster{}, "alone", ""},
		{c, "new", ""},
		{c, "new", ""},
		{other, "new", `is of the cluster and node "c n1"`},
		{Cluster{}, "new", `is of the cluster and node "c n1"`},
	} {
		if err := os.MkdirAll(filepath.Join(dir, test.dir), 0o700); err != nil {
			t.Fatal(err)
		}
		err := test.c.mark(filepath.Join(dir, test.dir))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %s in %s: %v", test.c.Name, test.c.Node, test.dir, err)
		}
	}
}

// The number of replicas follows that of the servers, unless it is said.
func TestReplicas(t *testing.T) {
	for _, test := range []struct {
		c    Cluster
		want int
	}{
		{Cluster{}, 1},
		{Cluster{Name: "c", Listen: "a:1", Routes: "a:1,b:1"}, 1},
		{Cluster{Name: "c", Listen: "a:1", Routes: "b:1, c:1, a:1"}, 3},
		{Cluster{Name: "c", Listen: "0.0.0.0:1", Routes: "b:1,c:1,b:1"}, 1},
		{Cluster{Name: "c", Listen: "a:1", Routes: "a:1,b:1,c:1,d:1,e:1"}, 3},
		{Cluster{Name: "c", Listen: "a:1", Routes: "a:1,b:1,c:1,d:1,e:1", Replicas: 5}, 5},
	} {
		if got := (Options{Cluster: test.c}).replicas(); got != test.want {
			t.Errorf("%+v: %d", test.c, got)
		}
	}
}
