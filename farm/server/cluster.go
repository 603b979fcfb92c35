package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"judge/farm"
)

// A Cluster says of which cluster a server is one. The zero value is none.
type Cluster struct {
	Name     string // of the cluster; "" is no cluster
	Node     string // of this server, and of no other in the cluster
	Listen   string // ADDRESS:PORT, for the other servers
	Routes   string // where all servers of the cluster, this one too, listen for each other: ADDRESS:PORT with commas between
	Secret   string // file with what they know each other by; "" is nothing
	CA       string // PEM file: who vouches for the certificates that they show each other
	Replicas int    // on how many servers all lies; 0 is three, or one where there are fewer than three
}

// most is how many replicas JetStream keeps of something. Source: StreamMaxReplicas of nats-server.
const most = server.StreamMaxReplicas

// validNode is what a cluster and a server may be called: names are part of what servers tell each other.
var validNode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Replicas are how many servers keep all that is there.
func (o Options) replicas() int {
	c := o.Cluster
	switch {
	case c.Name == "":
		return 1
	case c.Replicas > 0:
		return c.Replicas
	case len(c.servers()) >= 3:
		return 3
	}
	return 1
}

// servers are the routes to all servers. NATS notices by itself which one leads to this one.
func (c Cluster) servers() []string {
	var list []string
	for r := range strings.SplitSeq(c.Routes, ",") {
		if r = strings.TrimSpace(r); r != "" && !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// join puts the cluster into the options of NATS.
func (o Options) join(opts *server.Options) error {
	c := o.Cluster
	if c.Name == "" {
		if c.Node != "" || c.Routes != "" || c.Secret != "" || c.CA != "" || c.Replicas != 0 {
			return &farm.Refusal{What: "the server is in no cluster", Hint: "--cluster NAME names the cluster that --name, --routes, --cluster-secret, --tls-ca and --replicas are for"}
		}
		return nil
	}
	if err := c.check(); err != nil {
		return err
	}
	host, port, local, err := listening("--cluster-listen", c.Listen)
	if err != nil {
		return err
	}
	if port == 0 {
		return &farm.Refusal{What: "--cluster-listen " + c.Listen + ": the other servers must know the port", Hint: "name one, as 127.0.0.1:6222"}
	}
	opts.ServerName, opts.NoSystemAccount = c.Node, false // servers of a cluster speak with each other in it
	opts.Cluster = server.ClusterOpts{Name: c.Name, Host: host, Port: port, NoAdvertise: true, ConnectBackoff: true}
	if err := o.secure(&opts.Cluster, local); err != nil {
		return err
	}
	for _, r := range c.servers() {
		u := &url.URL{Scheme: "nats", Host: r}
		if opts.Cluster.Password != "" {
			u.User = url.UserPassword(opts.Cluster.Username, opts.Cluster.Password)
		}
		opts.Routes = append(opts.Routes, u)
	}
	return nil
}

// check refuses what no cluster can be.
func (c Cluster) check() error {
	const hint = "letters, digits and . _ -, 64 at most"
	switch {
	case !validNode.MatchString(c.Name):
		return &farm.Refusal{What: fmt.Sprintf("--cluster %q", c.Name), Hint: hint}
	case !validNode.MatchString(c.Node):
		return &farm.Refusal{What: fmt.Sprintf("--name %q", c.Node), Hint: hint + "; each server of the cluster has one of its own"}
	case len(c.servers()) < 2:
		return &farm.Refusal{What: fmt.Sprintf("--routes %q names no other server", c.Routes), Hint: "ADDRESS:PORT of the --cluster-listen of all servers, this one too, with commas between"}
	case c.Replicas < 0 || c.Replicas > most || c.Replicas > len(c.servers()):
		return &farm.Refusal{What: fmt.Sprintf("--replicas %d of a cluster of %d", c.Replicas, len(c.servers())),
			Hint: fmt.Sprintf("as many as there are servers at most, and %d; odd numbers: with 3 one may be away", most)}
	}
	for _, r := range c.servers() {
		if _, _, _, err := listening("--routes", r); err != nil {
			return err
		}
	}
	return nil
}

// secure has servers know each other. Beyond this machine, and where users are known by keys, nobody else may come in by
// this door: who is a server of the cluster may do all.
func (o Options) secure(opts *server.ClusterOpts, local bool) error {
	c := o.Cluster
	if c.Secret == "" && (!local || o.Users != "") {
		return &farm.Refusal{What: fmt.Sprintf("--cluster-listen %s without a secret: whoever connects there may do all", c.Listen),
			Hint: "add --cluster-secret FILE, the same on each server; or listen on 127.0.0.1, without --users"}
	}
	if !local && (o.Cert == "" || o.Key == "" || c.CA == "") {
		return &farm.Refusal{What: fmt.Sprintf("--cluster-listen %s is open to the network", c.Listen), Hint: "add --tls-cert, --tls-key and --tls-ca, or listen on 127.0.0.1"}
	}
	if c.Secret != "" {
		secret, err := readSecret(c.Secret)
		if err != nil {
			return err
		}
		opts.Username, opts.Password = c.Name, secret
	}
	if c.CA == "" {
		return nil
	}
	config, err := o.tls()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.CA)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = errors.New("there is no certificate in it")
	}
	if err == nil && config == nil {
		err = errors.New("without --tls-cert and --tls-key there is nothing that it vouches for")
	}
	if err != nil {
		return &farm.Refusal{What: fmt.Sprintf("--tls-ca %s: %v", c.CA, err), Hint: "name a PEM file with the certificates of who vouches for the servers"}
	}
	config.RootCAs, config.ClientCAs, config.ClientAuth = pool, pool, tls.RequireAndVerifyClientCert
	opts.TLSConfig, opts.TLSTimeout = config, 5
	return nil
}

// leastSecret is how long a secret is at least: it is not to be guessed over the network.
const leastSecret = 16

func readSecret(file string) (string, error) {
	const hint = "a file with one line of 16 characters or more, that its owner alone can read: openssl rand -hex 32"
	refuse := func(what any) error {
		return &farm.Refusal{What: fmt.Sprintf("--cluster-secret %s: %v", file, what), Hint: hint}
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", refuse(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", refuse(fmt.Sprintf("others may read it, its mode is %04o", info.Mode().Perm()))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", refuse(err)
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < leastSecret || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", refuse("it is no line of 16 printable characters or more")
	}
	return secret, nil
}

// mark notes in the store of which cluster it is, and refuses that of another, or of none: a cluster deletes what
// a server brings that the others know nothing of. Source: checkForOrphans, server/jetstream_cluster.go of nats-server.
func (c Cluster) mark(dir string) error {
	file := filepath.Join(dir, "cluster")
	want := ""
	if c.Name != "" {
		want = c.Name + " " + c.Node + "\n"
	}
	text, err := os.ReadFile(file)
	switch {
	case err == nil && string(text) == want:
		return nil
	case err == nil && len(text) > 0:
		return &farm.Refusal{What: fmt.Sprintf("the store %s is of the cluster and node %q", dir, strings.TrimSpace(string(text))), Hint: "start it with that --cluster and --name, or name another folder with --store"}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read of which cluster the store is: %w", err)
	}
	if want == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, server.JetStreamStoreDir)); err == nil {
		return &farm.Refusal{What: fmt.Sprintf("the store %s is of a server in no cluster, and a cluster would delete what is in it", dir), Hint: "name an empty folder with --store"}
	}
	if err := lay(file, want); err != nil {
		return fmt.Errorf("note of which cluster the store is: %w", err)
	}
	return nil
}

// lay writes a file that is there, with all that is in it, when the power fails later: without its mark what lies beside it
// is taken for that of no cluster.
func lay(file, text string) error {
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
