package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
)

// An EntryError says which entry of an archive cannot be taken, and why.
type EntryError struct {
	Name string
	Err  error
}

func (e *EntryError) Error() string {
	const most = 200 // for a person; a name can have a megabyte
	if len(e.Name) > most {
		return fmt.Sprintf("the archive's entry %q..., of %d bytes: %v", e.Name[:most], len(e.Name), e.Err)
	}
	return fmt.Sprintf("the archive's entry %q: %v", e.Name, e.Err)
}

// Unwrap gives the reason.
func (e *EntryError) Unwrap() error { return e.Err }

// A LimitError says that an archive holds more than it may.
type LimitError struct {
	What string // "bytes", "bytes, unpacked", "files" or "bytes of paths"
	Most int64
}

// OfFiles says whether it is a bound on their number that was passed, or one that
// goes with it; else it is one on what they hold.
func (e *LimitError) OfFiles() bool { return e.What == "files" || e.What == ofPaths }

func (e *LimitError) Error() string {
	return fmt.Sprintf("the archive holds more than %d %s", e.Most, e.What)
}

// ErrNoArchive says that what was to be imported is no archive at all.
var ErrNoArchive = errors.New("it is no tar archive")

func damaged(err error, first bool) error {
	switch {
	case errors.Is(err, tar.ErrHeader) && first:
		return ErrNoArchive
	case errors.Is(err, tar.ErrHeader):
		return fmt.Errorf("the archive is damaged: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the archive is cut off: %w", err)
	}
	return fmt.Errorf("read the archive: %w", err)
}
