package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"time"

	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
)

// A record is what a run with a name writes down for whoever wants something of
// it: a line with its grace, which judge stop may change, one with the processor time that judge exec
// adds to (used.go), then this as JSON.
// Joint is nil until the program has been executed: before, there is nothing to
// enter; or there never will be one, for the reason that Why gives. Only its user can read it; it goes with the run.
type record struct {
	Slot  int
	PID   int // of its judge
	Joint *joint
	Why   string
}

// A joint is what a second command of a run is made by.
type joint struct {
	Init   int      // PID 1, as judge sees it
	InitFD int      // judge's descriptor of that
	Join   []string // what is opened to join the cgroups; none if the run has none
	Ways   []int    // judge's descriptors of what plan's handEntrance hands over; none for a run of root's
	Input  plan.Input
}

// durationLine is how long each of the first lines of a record is, without its end: a number
// of nanoseconds with zeros before it, so that it can be replaced in its place.
const durationLine = 20

// Where the lines begin: of the grace, of the processor time, and the rest.
const (
	graceAt = 0
	usedAt  = durationLine + 1
	dataAt  = 2 * (durationLine + 1)
)

func (r *run) encodeRecord(slot *lease.Slot, j *joint, why string) ([]byte, error) {
	data, err := json.Marshal(record{slot.N, os.Getpid(), j, why})
	if err != nil {
		return nil, fmt.Errorf("write down the run: %w", err)
	}
	return slices.Concat(durationText(r.grace()), durationText(0), data), nil
}

func durationText(d time.Duration) []byte {
	return fmt.Appendf(nil, "%0*d\n", durationLine, int64(d))
}

func parseDuration(text []byte) (time.Duration, bool) {
	if len(text) <= durationLine || text[durationLine] != '\n' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text[:durationLine]), 10, 64)
	return time.Duration(n), err == nil && n >= 0
}

// parseRecord reads what encodeRecord wrote; a part of it is none.
func parseRecord(data []byte) (rec record, grace time.Duration, ok bool) {
	if len(data) < dataAt {
		return record{}, 0, false
	}
	grace, ok1 := parseDuration(data[graceAt:])
	_, ok2 := parseDuration(data[usedAt:])
	if !ok1 || !ok2 || json.Unmarshal(data[dataAt:], &rec) != nil {
		return record{}, 0, false
	}
	return rec, grace, true
}

// claimName takes the name that the run is to have; none for none.
func (r *run) claimName(slot *lease.Slot) error {
	if r.cmd.Name == "" {
		return nil
	}
	name, err := lease.Claim(r.may.run, r.cmd.Name)
	if errors.Is(err, lease.ErrTaken) {
		return &UsageError{What: fmt.Sprintf("--name %s: a run that is alive has this name", r.cmd.Name), Hint: "choose another, or end that one: judge stop " + r.cmd.Name}
	}
	if err != nil {
		return err
	}
	r.name = name
	_, _ = lease.TidyNames(r.may.run, false) // of killed runs; what cannot be removed is in nobody's way, and judge gc says why
	data, err := r.encodeRecord(slot, nil, "")
	if err == nil {
		err = name.Write(data)
	}
	if err != nil {
		err = errors.Join(err, r.releaseName())
	}
	return err
}

func (r *run) releaseName() error {
	if r.name == nil {
		return nil
	}
	err := r.name.Release()
	r.name = nil
	return err
}

// publish writes down how the run can be entered, now that its program is there.
// A disk that is full costs judge exec, and not the run.
func (r *run) publish(slot *lease.Slot, join []string) {
	in := r.input(slot.UID())
	in.Copies, in.BoxLower = nil, "" // of the host, and done
	in.Argv = nil
	j, why := &joint{Init: r.child.PID(), InitFD: r.child.PIDFD, Join: join, Ways: r.ways, Input: in}, ""
	switch {
	case r.cmd.Record != nil:
		j, why = nil, "its calls are being taken down"
	case len(r.ways) != in.Handed():
		j, why = nil, "its first process did not hand over its namespaces"
	}
	data, err := r.encodeRecord(slot, j, why)
	if rec, _, ok := parseRecord(data); err == nil && (!ok || !reflect.DeepEqual(rec.Joint, j)) { // JSON keeps UTF-8 only
		data, err = r.encodeRecord(slot, nil, "its environment or its binds have bytes that are no UTF-8")
	}
	if err == nil {
		_ = r.name.Write(data)
	}
}

// graceNow is how long the program has after a signal, as judge stop may have changed it.
func (r *run) graceNow() time.Duration {
	data, err := r.name.Read()
	if err != nil {
		return r.grace()
	}
	if _, grace, ok := parseRecord(data); ok {
		return grace
	}
	return r.grace()
}

// joinPaths are the files by which descriptors join a cgroup, for others to open.
func joinPaths(fds []int) ([]string, error) {
	var list []string
	for _, fd := range fds {
		path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
		if err != nil {
			return nil, fmt.Errorf("find the run's cgroup: %w", err)
		}
		list = append(list, path)
	}
	return list, nil
}
