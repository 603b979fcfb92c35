package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"sync"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// The result cache has, for a program under one policy, how it was judged on cases, by
// the content of all that this rests on: KEY.BYTES is a file with a line a case,
//
//	CRC CASEKEY JSON
//
// which is replaced as a whole. Judges that share the cache need no lock: the one that
// writes last wins, and a line that is not whole is none.
//
// A time that was measured once stands for another time only where nothing hangs on it:
// what was accepted, or failed for another reason than time, in half of the limit at
// most, on the same processor and kernel, by the same judge. TLE is never kept, for nobody
// knows by how much it was too slow, nor JE, nor what interactors said, who may throw dice.

// A recollection is what the cache has of one program.
type recollection struct {
	trial *trial
	key   string
	known map[string]json.RawMessage // by the key of a case
	mu    sync.Mutex
	fresh map[string]CaseResult
}

func (r *recollection) add(key string, c CaseResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh[key] = c
}

// remember looks a submission up in the result cache; nil if nothing of it is kept there.
func (t *trial) remember() *recollection {
	e := t.engine
	kind := t.problem.Type
	if e.results == nil || t.tool == nil || t.problem.Interactor != nil || kind.MultiPass || kind.TwoSteps || kind.SubmitAnswer {
		return nil
	}
	key, err := t.resultKey()
	if err != nil {
		return nil // what cannot be read now fails when it is needed
	}
	r := &recollection{trial: t, key: key, known: map[string]json.RawMessage{}, fresh: map[string]CaseResult{}}
	for _, file := range e.results.find(key) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // another judge has replaced it
		}
		now := time.Now()
		os.Chtimes(file, now, now) // what was used last goes last
		for line := range bytes.Lines(text) {
			if name, result, ok := readKept(line); ok {
				r.known[name] = result
			}
		}
	}
	return r
}

func readKept(line []byte) (key string, result json.RawMessage, ok bool) {
	sum, rest, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || err != nil || uint32(want) != crc32.Checksum(rest, castagnoli) {
		return "", nil, false
	}
	name, text, found := bytes.Cut(rest, []byte(" "))
	return string(name), json.RawMessage(text), found
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// of is how a case was judged; key is for keep.
func (r *recollection) of(c *problem.Case) (key string, result CaseResult, found bool) {
	key, err := r.trial.caseKey(c)
	if err != nil {
		return "", result, false
	}
	text, there := r.known[key]
	if !there || json.Unmarshal(text, &result) != nil {
		return key, CaseResult{}, false
	}
	result.Name, result.Cached = c.Name, true
	return key, result, true
}

// keepable says whether a case's result may stand for another time. Times of low
// confidence may: they say so of themselves, and nothing hangs on them.
func (t *trial) keepable(c CaseResult) bool {
	r := c.Report
	if r == nil || r.Status == sandbox.StatusCannotStart || c.Nondeterministic {
		return false
	}
	switch c.Verdict {
	case problem.AC, problem.PAC, problem.WA, problem.RTE, problem.MLE, problem.OLE:
	default:
		return false
	}
	far := func(used int64, limit time.Duration) bool { return limit <= 0 || used <= int64(limit)/2 }
	return far(r.CPUTime, t.limit) && far(r.WallTime, t.base.Limits.WallTime)
}

// keep writes what was judged. It is a convenience: a full disk is no error of grading.
func (r *recollection) keep() {
	if len(r.fresh) == 0 {
		return
	}
	for key, c := range r.fresh {
		text, err := json.Marshal(c)
		if err != nil {
			return // it cannot be in a result either, which says so
		}
		r.known[key] = text
	}
	var all bytes.Buffer
	for key, text := range r.known {
		line := append([]byte(key+" "), text...)
		fmt.Fprintf(&all, "%08x %s\n", crc32.Checksum(line, castagnoli), line)
	}
	if err := r.trial.engine.results.replace(r.key, all.Bytes()); err != nil {
		r.trial.engine.warn(fmt.Sprintf("keep results in %s: %v", r.trial.engine.results.dir, err))
	}
}

// resultKey is of what is the same for all cases of a submission.
func (t *trial) resultKey() (string, error) {
	d := newDigester()
	e, p := t.engine, t.base
	if t.tool.language != nil {
		p = t.tool.language.ForProgram(p)
	}
	d.field("judge result cache 1", e.opts.Version, thisProgram(), e.host.Kernel, e.host.Arch, e.host.CPU, e.host.Microcode)
	d.field(compilerIdentity(p.Filesystem.Rootfs, "")...)
	if name := p.Filesystem.Rootfs; name != "" && name != "host" {
		digest, err := e.rootfsDigest(name)
		if err != nil {
			return "", err
		}
		d.field(name, digest)
	}
	d.field(t.tool.start(p.Limits.Memory)...)
	// All that the package says of every case, whatever a later format adds to it.
	all := *t.problem
	all.Dir, all.Name, all.Title, all.Cases, all.Root, all.Submissions, all.Warnings = "", "", "", nil, nil, nil, nil
	said, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("the result cache: %w", err)
	}
	// Languages say how checkers are run, too.
	d.field(p.Digest(), t.limit.String(), t.kill.String(), string(said), e.languagesDigest())
	err = d.tree(t.tool.box)
	return d.key(), err
}

// thisProgram changes when judge is built anew, whatever its version says.
func thisProgram() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(path, info.Size(), info.ModTime().UnixNano())
}

// caseKey is of what is the case's own, and of its checkers.
func (t *trial) caseKey(c *problem.Case) (string, error) {
	d := newDigester()
	var errs []error
	file := func(name, path string) {
		sum := ""
		if path != "" {
			var err error
			sum, err = t.sum(path)
			errs = append(errs, err)
		}
		d.field(name, sum)
	}
	file("input", c.Input)
	file("answer", c.Answer)
	rest := *c // all that the package says of it, whatever a later format adds
	rest.Name, rest.Input, rest.Answer, rest.Files, rest.Checks = "", "", "", nil, nil
	rest.ValidatorArgs, rest.Hint, rest.Description = nil, "", ""
	d.field(fmt.Sprintf("%#v", rest))
	for _, f := range c.Files {
		file(f.Name, f.Path)
	}
	for _, ch := range c.Checks {
		d.field(string(ch.Checker.Kind), strconv.Itoa(len(ch.Args)))
		d.field(ch.Args...)
		if tl := t.tools[ch.Checker.Program]; ch.Checker.Program != nil && tl != nil {
			sum, err := t.sum(tl.box)
			errs = append(errs, err)
			d.field(sum, ch.Checker.Program.Name)
		}
	}
	return d.key(), errors.Join(errs...)
}

// sum is the digest of a file, or of a directory with all that is in it; asked for again,
// it is that of the first time.
func (d *Docket) sum(path string) (string, error) {
	if s, known := d.sums.Load(path); known {
		return s.(string), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	var s string
	if info.IsDir() {
		h := newDigester()
		err = h.tree(path)
		s = h.key()
	} else {
		s, err = sumOf(path)
	}
	if err == nil {
		d.sums.Store(path, s)
	}
	return s, err
}
