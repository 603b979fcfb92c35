package batch

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"sync"
	"time"
)

// A File is what a journal is written to.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// A Journal has what a batch has done so far, in one file that is only added to: after a
// first line, magic, a record a line,
//
//	CRC SYNCED KIND ITEM "NAME" JSON
//
// CRC is the CRC-32C of the rest in eight hexadecimal digits, SYNCED how many bytes of the
// file were known to be on the disk when it was written, ITEM a number in the list, from 0.
//
//	basis    what the results rest on; the first record
//	package  NAME is a problem, JSON its digest
//	item     begun; JSON is the digest of its source
//	case     NAME was judged; JSON is its judge.CaseResult
//	result   JSON is the judge.Result, its cases by name alone
//
// Each record is written at once, and outlives judge; every 100 ms at most, all that were
// written are synced together, and only then whoever waits for one of them is told. What
// follows the last whole record is the end of a write that a crash or a full disk cut
// short: it is taken away before more is written. A broken record before a place that was
// synced is no such end but damage: the file is refused.
//
// One judge at a time may use a file; whoever opens it sees to that.
type Journal struct {
	file File
	past *past // what was in it

	mu     sync.Mutex
	end    int64 // of what was written
	synced int64 // of it, on the disk
	err    error // the first one; nothing is written after it
	told   []func()
	wake   chan struct{} // something was written
	closed bool
	ended  chan struct{} // by the goroutine that syncs
	failed func(error)   // is told of the first error, and returns at once
	room   chan struct{} // bounds those who wait to be told
	group  time.Duration // for so long records are gathered before they are synced
}

const (
	magic   = "judge journal 1\n"
	gather  = 100 * time.Millisecond
	waiting = 1024 // results that may wait for their group
)

// The kinds of records.
const (
	kindBasis   = "basis"
	kindPackage = "package"
	kindItem    = "item"
	kindCase    = "case"
	kindResult  = "result"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends a record to b.
func appendRecord(b []byte, synced int64, kind string, item int, name string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return b, fmt.Errorf("write a record %s %d %q of the journal: %w", kind, item, name, err)
	}
	start := len(b)
	b = append(b, "00000000 "...)
	b = append(strconv.AppendInt(b, synced, 10), ' ')
	b = append(append(b, kind...), ' ')
	b = append(strconv.AppendInt(b, int64(item), 10), ' ')
	b = append(strconv.AppendQuote(b, name), ' ')
	b = append(b, text...)
	sum := crc32.Checksum(b[start+9:], castagnoli)
	copy(b[start:], fmt.Sprintf("%08x", sum))
	return append(b, '\n'), nil
}

// start begins the work of a journal that was opened.
func (j *Journal) start(failed func(error)) {
	j.failed = failed
	j.wake, j.ended = make(chan struct{}, 1), make(chan struct{})
	j.room = make(chan struct{}, waiting)
	go j.sync()
}

// add writes a record. then, if it is not nil, is called when the record is on the disk:
// one such call after the other, in the order of the records.
func (j *Journal) add(kind string, item int, name string, v any, then func()) error {
	if then != nil {
		j.room <- struct{}{}
	}
	err := j.write(kind, item, name, v, then)
	if err != nil {
		if then != nil {
			<-j.room
		}
		return err
	}
	j.stir()
	return nil
}

// stir wakes up the goroutine that syncs.
func (j *Journal) stir() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *Journal) write(kind string, item int, name string, v any, then func()) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	if kind != "" {
		text, err := appendRecord(nil, j.synced, kind, item, name, v)
		if err != nil {
			return err
		}
		if _, err := j.file.WriteAt(text, j.end); err != nil {
			j.fail(fmt.Errorf("write to the journal: %w", err))
			return j.err
		}
		j.end += int64(len(text))
	}
	if then != nil {
		j.told = append(j.told, then)
	}
	return nil
}

// after calls then when all that was written so far is on the disk.
func (j *Journal) after(then func()) error { return j.add("", 0, "", nil, then) }

// fail notes the first error. The caller holds mu. What was written of a record goes; if
// that fails too, the next who opens the file takes it away.
func (j *Journal) fail(err error) {
	if j.err != nil {
		return
	}
	j.err = err
	_ = j.file.Truncate(j.end)
	j.failed(err)
	if !j.closed {
		j.stir()
	}
}

// sync is the goroutine that writes groups to the disk.
func (j *Journal) sync() {
	defer close(j.ended)
	for range j.wake {
		if j.isDirty() {
			time.Sleep(j.group)
		}
		j.settle()
	}
	j.settle()
}

// isDirty says that there is something to put on the disk, and no hurry.
func (j *Journal) isDirty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.end > j.synced && !j.closed
}

// settle puts on the disk what was written, and tells who waits for it.
func (j *Journal) settle() {
	j.mu.Lock()
	end, told := j.end, j.told
	j.told = nil
	dirty := end > j.synced
	err := j.err
	j.mu.Unlock()
	// After an error nothing is told any more: who waits will be done again.
	if err == nil && dirty {
		if err = j.file.Sync(); err != nil {
			j.mu.Lock()
			// What a failed fsync lost, a second one does not report (fsync(2), NOTES;
			// "PostgreSQL's fsync() surprise", LWN 2018): nothing more is written.
			j.fail(fmt.Errorf("put the journal on the disk: %w", err))
			j.mu.Unlock()
		}
	}
	if err == nil {
		j.mu.Lock()
		j.synced = end
		j.mu.Unlock()
	}
	for _, then := range told {
		if err == nil {
			then()
		}
		<-j.room
	}
}

// finish puts everything on the disk and ends the work. It does not close the file.
func (j *Journal) finish() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	close(j.wake)
	<-j.ended
	return j.err
}
