package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// chunk is how much of a file is read, summed and written at a time. A chunk of
// zeros becomes a hole.
const chunk = 128 << 10

var zeros [chunk]byte

// fileName is that of the file that is being written, in the draft's directory.
const fileName = "file"

// File makes a regular file of what content holds, and fills in its size and
// sum. Where the store has it already, the tree gets another link to that.
func (d *Draft) File(e *Entry, content io.Reader) error {
	parent, base, err := d.at(e.Path)
	if err != nil {
		return err
	}
	fd, err := unix.Openat(d.dirFD, fileName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return d.failed("make", e.Path, err)
	}
	err = d.fill(fd, e, content)
	if closeErr := unix.Close(fd); err == nil && closeErr != nil {
		err = d.failed("write", e.Path, closeErr)
	}
	if err == nil {
		err = d.place(parent, base, e)
	}
	if err != nil {
		_ = unix.Unlinkat(d.dirFD, fileName, 0) // it goes with the draft, too
	}
	return err
}

// fill writes content, then owner, mode and time: chown(2) clears bits of the mode.
func (d *Draft) fill(fd int, e *Entry, content io.Reader) error {
	d.hash.Reset()
	e.Size = 0
	written := int64(0) // where the last chunk that is no hole ends
	for {
		n, err := readChunk(content, d.buffer)
		part := d.buffer[:n]
		d.hash.Write(part)
		if n > 0 && !bytes.Equal(part, zeros[:n]) {
			if err := writeAll(fd, part, e.Size); err != nil {
				return d.failed("write", e.Path, err)
			}
			written = e.Size + int64(n)
		}
		e.Size += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read /%s: %w", e.Path, err)
		}
	}
	d.hash.Sum(e.Sum[:0])
	if written < e.Size {
		if err := unix.Ftruncate(fd, e.Size); err != nil {
			return d.failed("write", e.Path, err)
		}
	}
	return d.attributes(fd, e)
}

// readChunk is io.ReadFull, but for the error, which is the reader's own: an
// archive that is cut off is not at its end.
func readChunk(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	return n, err
}

func (d *Draft) attributes(fd int, e *Entry) error {
	if d.owners {
		if err := unix.Fchown(fd, int(e.UID), int(e.GID)); err != nil {
			return d.failed(fmt.Sprintf("give to uid %d, gid %d", e.UID, e.GID), e.Path, err)
		}
	}
	if err := unix.Fchmod(fd, d.modeOf(e)); err != nil {
		return d.failed(fmt.Sprintf("give mode %o to", e.Mode), e.Path, err)
	}
	if err := unix.UtimesNanoAt(d.dirFD, fileName, both(e.Modified), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return d.failed("give its time to", e.Path, err)
	}
	return nil
}

// modeOf is the mode that a file gets on the disk.
func (d *Draft) modeOf(e *Entry) uint32 { return modeOnDisk(e, d.owners) }

// modeOnDisk is the manifest's, and where all files are those of the store's
// owner what lets him read, verify and remove them.
func modeOnDisk(e *Entry, owners bool) uint32 {
	switch {
	case owners:
		return e.Mode
	case e.Kind == Directory:
		return e.Mode | 0o700
	}
	return e.Mode | 0o400
}

func writeAll(fd int, b []byte, offset int64) error {
	for len(b) > 0 {
		n, err := unix.Pwrite(fd, b, offset)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		b, offset = b[n:], offset+int64(n)
	}
	return nil
}

// place gives the file its name in the tree, and one among the objects; or the
// tree a link to the object that is there already. An empty file takes no
// block, and so many are empty that a file cannot have as many links.
func (d *Draft) place(parent int, base string, e *Entry) error {
	if e.Size == 0 {
		return d.rename(parent, base, e)
	}
	key := fmt.Sprintf("%s-%o-%d-%d-%d", hex.EncodeToString(e.Sum[:]), e.Mode, e.UID, e.GID, e.Modified.UnixNano())
	object := key[:2] + "/" + key
	err := unix.Linkat(d.objects, object, parent, base, 0)
	if err == nil && !d.isLikeNew(parent, base) { // changed since: whoever has it keeps it, and verify tells
		if err := unix.Unlinkat(parent, base, 0); err != nil {
			return d.failed("replace what was changed in the store of", e.Path, err)
		}
		if err := unix.Unlinkat(d.objects, object, 0); err != nil && err != unix.ENOENT { // another draft was quicker
			return d.failed("replace what was changed in the store of", e.Path, err)
		}
		err = unix.ENOENT
	}
	switch {
	case err == nil:
		if err := unix.Unlinkat(d.dirFD, fileName, 0); err != nil {
			return d.failed("remove the second copy of", e.Path, err)
		}
		return nil
	case err == unix.EMLINK: // the object has all the links that it can have
		return d.rename(parent, base, e)
	case err != unix.ENOENT:
		return d.failed("link", e.Path, err)
	}
	err = unix.Linkat(d.dirFD, fileName, d.objects, object, 0)
	if err == unix.ENOENT {
		if err := unix.Mkdirat(d.objects, key[:2], 0o700); err != nil && err != unix.EEXIST {
			return d.failed("make the directory "+key[:2]+" for", e.Path, err)
		}
		err = unix.Linkat(d.dirFD, fileName, d.objects, object, 0)
	}
	if err != nil && err != unix.EEXIST { // another draft was quicker
		return d.failed("keep", e.Path, err)
	}
	return d.rename(parent, base, e)
}

// isLikeNew says whether a file that the store had looks as the one that was just
// written. A change of content changes the time, unless that was set back.
func (d *Draft) isLikeNew(parent int, base string) bool {
	var had, made unix.Stat_t
	if unix.Fstatat(parent, base, &had, unix.AT_SYMLINK_NOFOLLOW) != nil || unix.Fstatat(d.dirFD, fileName, &made, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false
	}
	return had.Mode == made.Mode && had.Size == made.Size && had.Uid == made.Uid && had.Gid == made.Gid && had.Mtim == made.Mtim
}

func (d *Draft) rename(parent int, base string, e *Entry) error {
	if err := unix.Renameat2(d.dirFD, fileName, parent, base, unix.RENAME_NOREPLACE); err != nil {
		return d.failed("make", e.Path, err)
	}
	return nil
}
