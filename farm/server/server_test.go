package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"judge/farm"
)

// A server is open to the network with TLS and users alone.
func TestNetwork(t *testing.T) {
	dir := t.TempDir()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := other.Addr().String()
	for name, test := range map[string]struct {
		o    Options
		want string
	}{
		"a taken port":              {Options{Listen: taken}, "--listen " + taken + ": listen tcp"},
		"a taken port of a cluster": {Options{Listen: "127.0.0.1:0", Cluster: Cluster{Name: "c", Node: "n", Listen: taken, Routes: taken + ",127.0.0.1:1"}}, "--cluster-listen " + taken},
		"all addresses":             {Options{Listen: "0.0.0.0:0"}, "open to the network"},
		"no address":                {Options{Listen: ":0"}, "open to the network"},
		"a name":                    {Options{Listen: "example.org:0"}, "open to the network"},
		"TLS alone":                 {Options{Listen: "0.0.0.0:0", Cert: "c", Key: "k"}, "open to the network"},
		"users alone":               {Options{Listen: "0.0.0.0:0", Users: "u"}, "open to the network"},
		"a port alone":              {Options{Listen: "4222"}, "missing port"},
		"a port too far":            {Options{Listen: "127.0.0.1:65536"}, "is no port"},
		"no certificate":            {Options{Listen: "127.0.0.1:0", Cert: filepath.Join(dir, "c"), Key: "k"}, "no such file"},
		"no users":                  {Options{Listen: "127.0.0.1:0", Users: write(t, dir, "empty", "# nobody\n")}, "names nobody"},
		"a private key":             {Options{Listen: "127.0.0.1:0", Users: write(t, dir, "seed", "SUAXXX me\n")}, "seed:1: \"SUAXXX\" is no public key"},
	} {
		test.o.Dir = filepath.Join(dir, "store")
		s, err := Start(test.o)
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
}

// With TLS and users, those come in who have a key that it knows.
func TestUsers(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	friend, friendSeed := user(t, dir, "friend")
	_, strangerSeed := user(t, dir, "stranger")
	s, err := Start(Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "store"), Cert: cert, Key: key, Keep: time.Hour, Users: write(t, dir, "users", "# who\n\n"+friend+" friend submit\n")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := errors.Join(s.untidy, s.Settle(context.Background(), func(string) {})); err != nil {
		t.Fatal(err)
	}
	url := "tls://" + s.Addr().String()
	nc, err := farm.Access{URL: url, CA: cert, NKey: friendSeed}.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := farm.Open(context.Background(), nc, farm.Settings{}); err != nil {
		t.Error(err)
	}
	for name, a := range map[string]farm.Access{
		"a stranger":        {URL: url, CA: cert, NKey: strangerSeed},
		"nobody":            {URL: url, CA: cert},
		"an unknown server": {URL: url, NKey: friendSeed},
	} {
		nc, err := a.Connect()
		var refusal *farm.Refusal
		if err == nil {
			nc.Close()
		}
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was answered is there when the server comes back, and no other has the store meanwhile.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	o := Options{Listen: "127.0.0.1:0", Dir: dir}
	began := time.Now()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("it answers after %v", time.Since(began))
	if _, err := Start(o); err == nil || !strings.Contains(err.Error(), "another server has the store") {
		t.Errorf("a second server: %v", err)
	}
	if _, err := farm.NewCourt(context.Background(), open(t, s), farm.CourtOptions{User: "me", Detached: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if s, err = Start(o); err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if list, err := open(t, s).Batches(context.Background()); err != nil || len(list) != 1 || list[0].User != "me" {
		t.Errorf("after the restart there are %v, %v", list, err)
	}
}

// A batch that is over for long is gone, at the latest when the server starts again; who may come in comes in.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	o := Options{Listen: "127.0.0.1:0", Dir: dir}
	for i, want := range []int{1, 1, 0, 0} {
		if i == 2 {
			o.Keep = time.Nanosecond
		}
		s, err := Start(o)
		if err != nil {
			t.Fatal(err)
		}
		if s.untidy != nil {
			t.Error(s.untidy)
		}
		f := open(t, s)
		if o.Keep == 0 {
			c, err := farm.NewCourt(context.Background(), f, farm.CourtOptions{User: "me", Detached: true})
			if err == nil {
				err = c.Close(context.Background())
			}
			if err != nil {
				t.Fatal(err)
			}
			o.Keep = time.Hour
		}
		if list, err := f.Batches(context.Background()); err != nil || len(list) != want {
			t.Errorf("kept for %v there are %v, %v", o.Keep, list, err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// open is the farm at a server.
func open(t *testing.T, s *Server) *farm.Farm {
	t.Helper()
	nc, err := farm.Access{URL: s.ClientURL()}.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	f, err := farm.Open(context.Background(), nc, farm.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// user makes an NKey: its public part, and the file of its seed.
func user(t *testing.T, dir, name string) (public, seed string) {
	t.Helper()
	k, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = k.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return public, write(t, dir, name, string(text))
}

// certificate makes one for this machine's loopback, that vouches for itself.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "judge"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
}
