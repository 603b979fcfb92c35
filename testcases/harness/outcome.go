package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Outcome is all that was seen of one run from outside.
type Outcome struct {
	Stdout, Stderr Stream
	Elapsed        time.Duration // by the harness's clock
	Exit           int           // judge's exit status, 128+N for signal N
	Interrupt      syscall.Signal
	TimedOut       bool   // the harness had to kill judge
	RawReport      []byte // nil if there is none
	Report         *Report
	ReportError    error  // why Report is nil
	CollectDir     string // where collected files are
	Before         map[string]FileState
	Unsandboxed    bool // no judge was there: Report is made up of the wait status
}

// keptBytes bounds what a Stream keeps; more is only counted and hashed.
const keptBytes = 64 << 20

// Stream takes in one output channel.
type Stream struct {
	Data  []byte
	Bytes int64
	sum   hash.Hash
}

// Write takes in more of the channel.
func (s *Stream) Write(p []byte) (int, error) {
	if s.sum == nil {
		s.sum = sha256.New()
	}
	s.sum.Write(p)
	s.Bytes += int64(len(p))
	if room := keptBytes - len(s.Data); room > 0 {
		s.Data = append(s.Data, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// SHA256 is the sum of the whole channel in hexadecimal digits.
func (s *Stream) SHA256() string {
	if s.sum == nil {
		s.sum = sha256.New()
	}
	return hex.EncodeToString(s.sum.Sum(nil))
}

// handedOver returns the path and state of a collected file, or an error that
// satisfies os.ErrNotExist if there is none. It does not follow links.
func (o *Outcome) handedOver(name string) (string, os.FileInfo, error) {
	path := filepath.Join(o.CollectDir, name)
	if o.Unsandboxed {
		info, err := os.Stat(path) // a naive runner follows links
		return path, info, err
	}
	info, err := os.Lstat(path)
	return path, info, err
}

// content reads a file that was handed over.
func (o *Outcome) content(name string) ([]byte, error) {
	path, info, err := o.handedOver(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a %s", name, info.Mode().Type())
	}
	return os.ReadFile(path)
}

// FileState is what must not change of a file of the host.
type FileState struct {
	Exists   bool
	Sum      string // of the content of a regular file
	Mode     os.FileMode
	UID, GID uint32
	Modified time.Time
}

// fileState looks at a path of the host.
func fileState(path string) (FileState, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return FileState{}, nil
	}
	if err != nil {
		return FileState{}, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	s := FileState{Exists: true, Mode: info.Mode(), UID: stat.Uid, GID: stat.Gid, Modified: info.ModTime()}
	if info.Mode().IsRegular() {
		data, err := os.ReadFile(path)
		if err != nil {
			return s, err
		}
		sum := sha256.Sum256(data)
		s.Sum = hex.EncodeToString(sum[:])
	}
	return s, nil
}
