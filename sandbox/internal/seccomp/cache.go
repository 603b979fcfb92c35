package seccomp

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// cache is a directory of compiled filters. A program in it decides what a run
// may do, so nobody but the owner may write there, and a file is believed only
// if its checksum, over name and program, is right. A file appears under its
// name whole or not at all, so two judges that make the same one do not hurt
// each other: both write the same.
type cache struct {
	dir *os.File
}

const (
	cacheMagic   = "judge-bpf\n"
	cacheMaxSize = len(cacheMagic) + sha256.Size + maxInstructions*instructionSize
)

// CacheError says why a directory is not used as a cache.
type CacheError struct {
	Dir     string
	Problem string
	Hint    string
}

func (e *CacheError) Error() string {
	return fmt.Sprintf("cache directory %s: %s; %s", e.Dir, e.Problem, e.Hint)
}

// openCache opens the directory, which must be there. All later
// steps go through its descriptor, so nobody can put another in its place.
func openCache(path string) (*cache, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open cache directory", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		dir.Close()
		return nil, &os.PathError{Op: "fstat", Path: path, Err: err}
	}
	if int(st.Uid) != os.Geteuid() {
		dir.Close()
		return nil, &CacheError{path, fmt.Sprintf("belongs to user %d, not to %d", st.Uid, os.Geteuid()), "use another directory"}
	}
	if mode := st.Mode & 0o7777; mode != 0o700 {
		dir.Close()
		return nil, &CacheError{path, fmt.Sprintf("mode %04o, want 0700", mode), "remove it, or chmod 700 if you trust what is in it"}
	}
	return &cache{dir}, nil
}

func (c *cache) close() { c.dir.Close() }

// get reads a program. A file that is not as put wrote it is no error: it is
// made again.
func (c *cache) get(key string) (program []byte, ok bool) {
	fd, err := unix.Openat(int(c.dir.Fd()), key, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	f := os.NewFile(uintptr(fd), key)
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || int(st.Uid) != os.Geteuid() {
		return nil, false
	}
	if st.Size > int64(cacheMaxSize) {
		return nil, false
	}
	b := make([]byte, st.Size)
	if _, err := io.ReadFull(f, b); err != nil || !bytes.HasPrefix(b, []byte(cacheMagic)) {
		return nil, false
	}
	b = b[len(cacheMagic):]
	if len(b) < sha256.Size {
		return nil, false
	}
	program = b[sha256.Size:]
	if sum := cacheSum(key, program); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil, false
	}
	if _, err := decode(program); err != nil {
		return nil, false
	}
	return program, true
}

func cacheSum(key string, program []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(key+"\n"), program...))
}

// put writes a program under a name of its own, flushes it, and renames it.
func (c *cache) put(key string, program []byte) (err error) {
	dir, temp := int(c.dir.Fd()), ".new-"+strconv.FormatUint(rand.Uint64(), 36)
	fd, err := unix.Openat(dir, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &os.PathError{Op: "create", Path: temp, Err: err}
	}
	f := os.NewFile(uintptr(fd), temp)
	defer func() {
		if err != nil {
			_ = unix.Unlinkat(dir, temp, 0) // the first error is the one to tell
		}
	}()
	sum := cacheSum(key, program)
	_, err = f.Write(bytes.Join([][]byte{[]byte(cacheMagic), sum[:], program}, nil))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err = unix.Renameat(dir, temp, dir, key); err != nil {
		return &os.LinkError{Op: "rename", Old: temp, New: key, Err: err}
	}
	return nil
}
