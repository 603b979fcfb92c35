package farm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

// DefaultURL is where judge serve listens, unless it is told otherwise.
const DefaultURL = "nats://127.0.0.1:4222"

// An Access says how to reach a server.
type Access struct {
	URL   string // or several, with commas between; "" is DefaultURL
	Name  string // of the connection, for whoever looks at the server
	Creds string // a file of credentials (a JWT and its seed)
	NKey  string // a file with the seed of an NKey
	CA    string // PEM file: who vouches for the server, instead of the system's authorities
	Cert  string // PEM file: of this side, with Key
	Key   string

	// Ping is how often the server is asked whether it is there, 5 s without it. When it does not answer three times, another one is
	// connected to: a machine that is frozen, or cut off, does not close its connections.
	Ping time.Duration
}

// Connect connects to a server. A connection that breaks later is made again, for as long as it takes.
// The error is a [*Refusal] where what is asked for cannot be.
func (a Access) Connect() (*nats.Conn, error) {
	if a.URL == "" {
		a.URL = DefaultURL
	}
	if a.Ping <= 0 {
		a.Ping = 5 * time.Second
	}
	options := []nats.Option{nats.Name(a.Name), nats.PingInterval(a.Ping), nats.MaxPingsOutstanding(2), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond), nats.ReconnectBufSize(-1),
		nats.Timeout(10 * time.Second)}
	if a.Creds != "" {
		options = append(options, nats.UserCredentials(a.Creds))
	}
	if a.NKey != "" {
		o, err := nats.NkeyOptionFromSeed(a.NKey)
		if err != nil {
			return nil, &Refusal{What: fmt.Sprintf("--nkey %s: %v", a.NKey, err), Hint: "name the file with the seed of an NKey, which begins with SU"}
		}
		var as nats.Options
		if err := o(&as); err != nil {
			return nil, fmt.Errorf("use --nkey %s: %w", a.NKey, err)
		}
		options = append(options, o, nats.CustomInboxPrefix(Inbox(as.Nkey)))
	}
	if a.CA != "" {
		options = append(options, nats.RootCAs(a.CA))
	}
	if a.Cert != "" || a.Key != "" {
		if _, err := tls.LoadX509KeyPair(a.Cert, a.Key); err != nil {
			return nil, &Refusal{What: fmt.Sprintf("--tls-cert %q, --tls-key %q: %v", a.Cert, a.Key, err), Hint: "both name PEM files: the certificate, and its key"}
		}
		options = append(options, nats.ClientCert(a.Cert, a.Key))
	}
	for flag, file := range map[string]string{"--creds": a.Creds, "--tls-ca": a.CA} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			return nil, &Refusal{What: fmt.Sprintf("%s: %v", flag, err), Hint: "name a file that can be read"}
		}
	}
	nc, err := nats.Connect(a.URL, options...)
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return nil, &Refusal{What: fmt.Sprintf("the server at %s does not let this user in", a.URL), Hint: "--creds or --nkey names who you are; the server's --users names whom it knows"}
	case err != nil:
		return nil, &Refusal{What: fmt.Sprintf("connect to the server at %s: %v", a.URL, err), Hint: "judge serve starts one; --nats names another"}
	}
	return nc, nil
}
