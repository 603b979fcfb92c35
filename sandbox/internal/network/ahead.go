package network

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// An Ahead is what takes the longest of a hub, its namespace, made while nobody knows yet
// whether there is one already, and what is to be on it.
type Ahead struct {
	made chan struct{} // closed when the rest is there
	hub  hub
	err  error
}

// Begin begins one, and returns nil where there seem to be runs in a hub, for then
// there is one. It must come to Close, also if a run has it.
func Begin(dir string) *Ahead {
	name, err := ledgerName(dir)
	if err == nil {
		_, err = os.Lstat(name)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	a := &Ahead{made: make(chan struct{}), hub: noHub()}
	go func() {
		defer close(a.made)
		a.err = a.hub.room()
	}()
	return a
}

// take is the hub, for whoever closes it then.
func (a *Ahead) take() (hub, error) {
	if a == nil {
		h := noHub()
		err := h.room()
		return h, err
	}
	<-a.made
	h := a.hub
	a.hub = noHub()
	return h, a.err
}

// Close gives it up, if nobody took it.
func (a *Ahead) Close() {
	if a == nil {
		return
	}
	<-a.made
	a.hub.close()
}

// room makes the namespace, with sockets in it.
func (h *hub) room() error {
	return in(fresh, func() (err error) {
		if h.fd, err = openNS(here); err != nil {
			return err
		}
		if err := doAll("in the hub", nil, hubSettings()); err != nil {
			return err
		}
		return h.sockets()
	})
}

// begin puts the bridge into it: the first run can be plugged in then.
func (h *hub) begin(l layout, bridge string) error {
	host, err := openNS(here)
	if err != nil {
		return err
	}
	defer unix.Close(host)
	if err := doAll("in the hub", h.rt, h.links(l, bridge, host)); err != nil {
		return err
	}
	h.bridge = bridgeIndex
	return nil
}
