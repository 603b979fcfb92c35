package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the report as one line of JSON, without a line end. It is
// what json.Marshal gives, without looking at the type first: that costs a run
// of a millisecond a tenth of it.
func (r Report) AppendJSON(b []byte) []byte {
	j := object{b: b}
	j.report(r)
	return j.b
}

// WriteJSON writes the report as one line of JSON, with its end: in one piece,
// unless it holds so much output that it is better never whole in memory.
func (r Report) WriteJSON(w io.Writer) error {
	j := object{w: w}
	j.report(r)
	j.b = append(j.b, '\n')
	j.flush(0)
	return j.err
}

func (j *object) report(r Report) {
	j.b = append(j.b, '{')
	j.int("version", int64(r.Version))
	j.string("status", string(r.Status))
	j.string("reason", r.Reason)
	j.optInt("exit_code", widen(r.ExitCode))
	j.optInt("signal", widen(r.Signal))
	j.optString("signal_name", r.SignalName)
	j.int("oom_kills", r.OOMKills)
	j.int("cpu_time_ns", r.CPUTime)
	j.int("cpu_user_ns", r.CPUUser)
	j.int("cpu_system_ns", r.CPUSystem)
	j.int("wall_time_ns", r.WallTime)
	j.int("setup_ns", r.SetupTime)
	j.int("teardown_ns", r.Teardown)
	j.optInt("memory_peak_bytes", r.MemoryPeak)
	j.optInt("memory_anon_bytes", r.MemoryAnon)
	j.optInt("memory_file_bytes", r.MemoryFile)
	j.optInt("memory_kernel_bytes", r.MemoryKernel)
	j.optInt("pids_peak", r.PidsPeak)
	j.optInt("cpu_pressure_ns", r.CPUPressure)
	j.optInt("memory_pressure_ns", r.MemoryPressure)
	if r.Network != nil {
		j.part("network", false, "", r.Network)
	}
	j.int("stdout_bytes", r.StdoutBytes)
	j.int("stderr_bytes", r.StderrBytes)
	j.bool("stdout_truncated", r.StdoutTruncated)
	j.bool("stderr_truncated", r.StderrTruncated)
	for _, s := range []struct {
		name     string
		text     *string
		encoding string
	}{{"stdout", r.Stdout, r.StdoutEncoding}, {"stderr", r.Stderr, r.StderrEncoding}} {
		if s.text != nil {
			j.string(s.name, *s.text)
		}
		if s.encoding != "" {
			j.string(s.name+"_encoding", s.encoding)
		}
	}
	j.lists(r)
	j.named("policy", object{}.with("name", r.Policy.Name).with("digest", r.Policy.Digest))
	rootfs := object{}.with("name", r.Rootfs.Name)
	rootfs.optString("digest", r.Rootfs.Digest)
	j.named("rootfs", rootfs)
	host := object{}.with("kernel", r.Host.Kernel).with("cgroup", r.Host.Cgroup).with("arch", r.Host.Arch)
	host.optInt("landlock", widen(r.Host.Landlock))
	j.named("host", host)
	j.b = append(j.b, '}')
}

// lists are the parts that most reports have nothing in; json.Marshal may look
// at their types when they do.
func (j *object) lists(r Report) {
	if r.Noise != nil {
		j.part("noise", false, "", r.Noise)
	}
	if r.Recorded != nil {
		j.part("recorded", false, "", r.Recorded)
	}
	j.part("violation", r.Violation == nil, "null", r.Violation)
	j.part("limits_hit", len(r.LimitsHit) == 0, "[]", r.LimitsHit)
	j.part("collected", len(r.Collected) == 0, "[]", r.Collected)
	j.part("unenforced", len(r.Unenforced) == 0, "[]", r.Unenforced)
}

// object is a JSON object on its way: into memory, or through it to a writer.
type object struct {
	b   []byte
	w   io.Writer // nil for none
	err error     // its first
}

// flush hands all but so many bytes to the writer.
func (j *object) flush(keep int) {
	if j.err == nil {
		_, j.err = j.w.Write(j.b[:len(j.b)-keep])
	}
	j.b = append(j.b[:0], j.b[len(j.b)-keep:]...)
}

func (j *object) key(name string) {
	if n := len(j.b); n > 0 && j.b[n-1] != '{' {
		j.b = append(j.b, ',')
	}
	j.b = append(j.b, '"')
	j.b = append(j.b, name...)
	j.b = append(j.b, '"', ':')
}

func (j *object) int(name string, n int64) {
	j.key(name)
	j.b = strconv.AppendInt(j.b, n, 10)
}

func (j *object) optInt(name string, n *int64) {
	if n == nil {
		j.null(name)
		return
	}
	j.int(name, *n)
}

func (j *object) bool(name string, v bool) {
	j.key(name)
	j.b = strconv.AppendBool(j.b, v)
}

func (j *object) string(name, s string) {
	j.key(name)
	if len(s) > maxPiece {
		j.long(s)
		return
	}
	text, err := json.Marshal(s)
	if err != nil { // it has no case for a string
		text = []byte(`""`)
	}
	j.b = append(j.b, text...)
}

// long encodes a string in pieces, all in the same memory.
func (j *object) long(s string) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	j.b = append(j.b, '"')
	for len(s) > 0 {
		n := piece(s)
		text.Reset()
		if err := encoder.Encode(s[:n]); err != nil { // it has no case for a string
			break
		}
		j.b = append(j.b, text.Bytes()[1:text.Len()-2]...) // less the quotes and the end of the line
		s = s[n:]
		if j.w != nil {
			j.flush(1) // the key that follows looks back
		}
	}
	j.b = append(j.b, '"')
}

// maxPiece is how much of a string is encoded at a time.
const maxPiece = 32 << 10

// piece is the length of a beginning of s that may be encoded by itself: it
// ends where a character does, or where bytes that are none would be taken apart anyway.
func piece(s string) int {
	if len(s) <= maxPiece {
		return len(s)
	}
	for n := maxPiece; n > maxPiece-utf8.UTFMax; n-- {
		if utf8.RuneStart(s[n]) {
			return n
		}
	}
	return maxPiece
}

func (j *object) optString(name string, s *string) {
	if s == nil {
		j.null(name)
		return
	}
	j.string(name, *s)
}

func (j *object) null(name string) {
	j.key(name)
	j.b = append(j.b, "null"...)
}

// with is for objects of strings alone.
func (j object) with(name, s string) object {
	j.string(name, s)
	return j
}

func (j *object) named(name string, o object) {
	j.key(name)
	j.b = append(j.b, '{')
	j.b = append(j.b, o.b...)
	j.b = append(j.b, '}')
}

func (j *object) part(name string, empty bool, text string, v any) {
	j.key(name)
	if empty {
		j.b = append(j.b, text...)
		return
	}
	data, err := json.Marshal(v)
	if err != nil { // plain structs of strings and numbers
		data = []byte("null")
	}
	j.b = append(j.b, data...)
}

func widen(n *int) *int64 {
	if n == nil {
		return nil
	}
	w := int64(*n)
	return &w
}
