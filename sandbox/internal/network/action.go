package network

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// An action is one thing that is asked of the kernel, and what --explain calls it,
// in the words of ip(8): a message, or something else to do.
type action struct {
	text string
	msg  message
	do   func() error // in place of a message

	mild []unix.Errno          // refusals that do not matter
	why  func(err error) error // what a refusal means; nil for what the kernel says
}

// doAll does a list, messages that follow each other at once, and gives the first refusal.
func doAll(where string, w *wire, list []action) error {
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(a action) bool { return a.do != nil })
		switch {
		case n == 0:
			if err := list[0].do(); err != nil {
				return fmt.Errorf("%s: %s: %w", where, list[0].text, err)
			}
			n = 1
		default:
			if n < 0 {
				n = len(list)
			}
			if err := sendAll(where, w, list[:n]); err != nil {
				return err
			}
		}
		list = list[n:]
	}
	return nil
}

func sendAll(where string, w *wire, list []action) error {
	messages := make([]message, len(list))
	for i, a := range list {
		messages[i] = a.msg
	}
	no, err := w.do(messages)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", where, list[0].text, err)
	}
	for i, a := range list {
		errno, bad := no[i]
		if !bad || slices.Contains(a.mild, errno) {
			continue
		}
		err := error(errno)
		if a.why != nil {
			err = a.why(errno)
		}
		return fmt.Errorf("%s: %s: %w", where, a.text, err)
	}
	return nil
}

func texts(where string, list []action) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = where + ": " + a.text
	}
	return out
}

// withoutIPv6: no address comes by itself (IN6_ADDR_GEN_MODE_NONE, include/uapi/linux/if_link.h).
func withoutIPv6(name string, index int) action {
	return action{text: "link set " + name + " addrgenmode none", msg: noIPv6(index),
		mild: []unix.Errno{unix.EAFNOSUPPORT, unix.EOPNOTSUPP}} // this kernel has no IPv6
}

// tries is how often a list is asked for that changes while it is told.
const tries = 200

// whole asks for a list until nothing has changed meanwhile (NLM_F_DUMP_INTR, netlink(7)).
func whole[T any](list func() ([]T, error)) ([]T, error) {
	for range tries {
		got, err := list()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return got, err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil, fmt.Errorf("it changed %d times while it was told: %w", tries, netlink.ErrDumpInterrupted)
}

// library is a socket of a library, for what runs seldom need, in the calling thread's namespace.
func library() (*netlink.Handle, error) {
	rt, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	return rt, nil
}
