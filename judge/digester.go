package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// A digester hashes fields, each with its length, so that none runs into the next.
type digester struct{ hash.Hash }

func newDigester() digester { return digester{sha256.New()} }

func (d digester) field(parts ...string) {
	for _, part := range parts {
		fmt.Fprintf(d, "%d:%s", len(part), part)
	}
}

func (d digester) key() string { return hex.EncodeToString(d.Sum(nil)) }

// tree hashes all files below a directory.
func (d digester) tree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		d.field(path[len(dir):], info.Mode().String(), strconv.FormatInt(info.Size(), 10))
		if !info.Mode().IsRegular() {
			return nil
		}
		return hashFile(d, path)
	})
}

func hashFile(h hash.Hash, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(h, f)
	return errors.Join(err, f.Close())
}
