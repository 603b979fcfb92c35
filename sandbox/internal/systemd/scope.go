// Package systemd asks systemd for one thing, a cgroup: a transient scope that
// is delegated to judge (systemd, docs/CGROUP_DELEGATION.md; org.freedesktop.systemd1(5)).
//
// It speaks D-Bus by itself. github.com/godbus/dbus brings in package net, and
// made an empty program start 0.6 ms later, which is more than all that judge
// does before a run; and three methods and a signal need little of it.
package systemd

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	theBus  = "org.freedesktop.DBus"
	manager = "org.freedesktop.systemd1"
	objects = "/org/freedesktop/systemd1"
)

// Socket finds where the bus of root's systemd, or of a user's, listens: "" if
// no systemd runs, or it cannot be spoken to. exists looks for a file.
func Socket(root bool, uid int, getenv func(string) string, exists func(string) bool) string {
	if !exists("/run/systemd/system") { // sd_booted(3)
		return ""
	}
	candidates := []string{"/run/dbus/system_bus_socket"}
	if !root {
		// Not $DBUS_SESSION_BUS_ADDRESS first: a desktop's may be a bus without systemd.
		candidates = []string{fmt.Sprintf("/run/user/%d/bus", uid)}
		if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
			candidates = append([]string{dir + "/bus"}, candidates...)
		}
		for address := range strings.SplitSeq(getenv("DBUS_SESSION_BUS_ADDRESS"), ";") {
			if rest, ok := strings.CutPrefix(address, "unix:path="); ok {
				path, _, _ := strings.Cut(rest, ",")
				candidates = append(candidates, path)
			}
		}
	}
	for _, c := range candidates {
		if exists(c) {
			return c
		}
	}
	return ""
}

// Scope moves processes into a new scope that is delegated to them, and returns
// when they are there. systemd removes the scope when it is empty.
func Scope(socket string, pids []int) error {
	c, err := dial(socket)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.listen(); err != nil {
		return err
	}
	var id [4]byte
	if _, err := unix.Getrandom(id[:], 0); err != nil {
		return fmt.Errorf("getrandom: %w", err)
	}
	unit := fmt.Sprintf("judge-%d-%s.scope", os.Getpid(), hex.EncodeToString(id[:]))
	body, err := c.call(manager, objects, manager+".Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))", transient(unit, pids))
	if err != nil {
		return fmt.Errorf("ask systemd for the scope %s: %w", unit, err)
	}
	r := reader{data: body}
	job := r.str()
	if r.err != nil {
		return fmt.Errorf("ask systemd for the scope %s: %w", unit, r.err)
	}
	return c.wait(job, unit)
}

// listen has systemd send signals, and the bus pass on those of jobs that ended.
func (c *conn) listen() error {
	var rule writer
	rule.str("type='signal',sender='" + manager + "',interface='" + manager + ".Manager',member='JobRemoved'")
	if _, err := c.call(theBus, "/org/freedesktop/DBus", theBus, "AddMatch", "s", rule); err != nil {
		return err
	}
	_, err := c.call(manager, objects, manager+".Manager", "Subscribe", "", nil)
	var told *Error
	if errors.As(err, &told) && told.Name == manager+".AlreadySubscribed" {
		return nil
	}
	return err
}

// transient is the body of StartTransientUnit(name, mode, properties, aux).
func transient(unit string, pids []int) []byte {
	var w writer
	w.str(unit)
	w.str("fail")
	property := func(name, signature string, value func()) {
		w.pad(8)
		w.str(name)
		w.signature(signature)
		value()
	}
	w.array(8, func() {
		property("Description", "s", func() { w.str("judge: runs of untrusted programs") })
		property("PIDs", "au", func() {
			w.array(4, func() {
				for _, pid := range pids {
					w.uint32(uint32(pid))
				}
			})
		})
		property("Delegate", "b", func() { w.uint32(1) })
		property("TasksMax", "t", func() { w.uint64(math.MaxUint64) }) // each run has a limit of its own
		property("CollectMode", "s", func() { w.str("inactive-or-failed") })
	})
	w.array(8, func() {})
	return w
}

// wait waits until the job has ended: JobRemoved(id u, job o, unit s, result s).
func (c *conn) wait(job, unit string) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		m, err := c.signal()
		if err != nil {
			return fmt.Errorf("wait for the scope %s: %w", unit, err)
		}
		if m.member != "JobRemoved" {
			continue
		}
		r := reader{data: m.body}
		r.uint32()
		which := r.str()
		r.str()
		result := r.str()
		if r.err != nil {
			return fmt.Errorf("wait for the scope %s: %w", unit, r.err)
		}
		if which != job {
			continue
		}
		if result != "done" {
			return fmt.Errorf("systemd could not start the scope %s: the job ended with %q", unit, result)
		}
		return nil
	}
	return fmt.Errorf("wait for the scope %s: it was not started for %v", unit, patience)
}
