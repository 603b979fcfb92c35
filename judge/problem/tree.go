package problem

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxEntries bounds what a package may hold, and maxLinked what is seen again through
	// links to folders: they can make a tree of exponential size out of a few.
	maxEntries = 1 << 20
	maxLinked  = 1 << 14
	// maxText bounds a file that is read as text: YAML, XML, INI, hints.
	maxText = 4 << 20
	// maxSource bounds how much of a source file is searched for tags.
	maxSource = 1 << 20
)

// An entry is one name in a folder of the package.
type entry struct {
	name string // base name
	rel  string // slash-separated, relative to the package
	host string // path of the host, links resolved
	dir  bool
	size int64
}

// named is what a name of 2025-09 is ("General requirements", and + for .c++). Others
// are to be treated as if they were not there. Legacy forbids more, but nobody heeds
// it, so there, and in the other formats, a name is used whatever it is.
var named = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_.+-]{0,254}$`)

// stat resolves a name of the package. It is nil if there is none, or if it
// cannot be used, which then has been reported.
func (r *reader) stat(rel string) *entry {
	if host, ok := r.folders[path.Dir(rel)]; ok {
		return r.statAt(filepath.Join(host, path.Base(rel)), rel)
	}
	return r.statAt(filepath.Join(r.root, filepath.FromSlash(rel)), rel)
}

// statAt is stat for a name whose path on the host is known, as far as the folder that
// it is in: at may be a link, and lead through some.
func (r *reader) statAt(at, rel string) *entry {
	host, err := filepath.EvalSymlinks(at)
	if err != nil {
		if _, lerr := os.Lstat(at); lerr == nil {
			r.failErr(OutsideLink, Place{File: rel}, err, "follow a symbolic link")
		} else if !errors.Is(err, fs.ErrNotExist) && !notADirectory(r.root, rel) {
			r.failErr(Unreadable, Place{File: rel}, err, "read")
		}
		return nil
	}
	if host != r.root && !strings.HasPrefix(host, r.root+string(filepath.Separator)) {
		r.fail(OutsideLink, Place{File: rel}, "a symbolic link leads out of the package, to %s", host)
		return nil
	}
	info, err := os.Lstat(host)
	return r.entry(host, rel, info, err)
}

// entry makes one of what lstat says of a path without links.
func (r *reader) entry(host, rel string, info fs.FileInfo, err error) *entry {
	if err != nil {
		r.failErr(Unreadable, Place{File: rel}, err, "read")
		return nil
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		r.fail(Unreadable, Place{File: rel}, "is neither a file nor a folder (%s)", info.Mode().Type())
		return nil
	}
	if info.IsDir() {
		if r.folders == nil {
			r.folders = map[string]string{}
		}
		r.folders[rel] = host
	}
	return &entry{name: path.Base(rel), rel: rel, host: host, dir: info.IsDir(), size: info.Size()}
}

// notADirectory says that a path leads through a file, where a folder might have
// been: the same as that it is not there.
func notADirectory(root, rel string) bool {
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(dir))); err == nil {
			return !info.IsDir()
		}
	}
	return false
}

// file is the path on the host of a regular file; "" if there is none.
func (r *reader) file(rel string) string {
	e := r.stat(rel)
	if e == nil {
		return ""
	}
	if e.dir {
		r.fail(Unreadable, Place{File: rel}, "is a folder, where a file should be")
		return ""
	}
	return e.host
}

// folder says whether there is a folder of this name.
func (r *reader) folder(rel string) bool {
	e := r.stat(rel)
	return e != nil && e.dir
}

// list gives the names in a folder in byte order; none if it is not there. Hidden
// names are not there by the specification (2025-09, "General requirements").
func (r *reader) list(rel string) []entry {
	dir := r.root
	if rel != "" {
		e := r.stat(rel)
		if e == nil || !e.dir {
			return nil
		}
		dir = e.host
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		r.failErr(Unreadable, Place{File: rel}, err, "list a folder")
		return nil
	}
	if !r.count(dir, rel, len(names)) {
		return nil
	}
	var all []entry
	for _, n := range names {
		name := n.Name()
		if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") || name == "__pycache__" || name == "__MACOSX" {
			continue
		}
		if strings.HasSuffix(name, "~") || !r.usable(rel, name) {
			continue
		}
		at, rel := filepath.Join(dir, name), path.Join(rel, name)
		var e *entry
		if n.Type()&fs.ModeSymlink != 0 {
			e = r.statAt(at, rel)
		} else {
			info, err := n.Info()
			e = r.entry(at, rel, info, err)
		}
		if e != nil {
			all = append(all, *e)
		}
	}
	return all
}

// count keeps account of the entries of a folder, and says whether there may be more.
func (r *reader) count(dir, rel string, n int) bool {
	if r.listed == nil {
		r.listed = map[string]string{}
	}
	switch first, seen := r.listed[dir]; {
	case !seen:
		r.listed[dir] = rel
		r.entries += n
	case first != rel:
		r.linked += n
	}
	if r.tooMany() {
		r.fail(Unsupported, Place{}, "the package has more than %d files, or more than %d in folders that are linked to again", maxEntries, maxLinked)
		return false
	}
	return true
}

// tooMany says that the package holds more than is read.
func (r *reader) tooMany() bool { return r.entries > maxEntries || r.linked > maxLinked }

// usable says whether a name can be used, and warns if it is not as it should be.
func (r *reader) usable(rel, name string) bool {
	if named.MatchString(name) {
		return true
	}
	at := Place{File: path.Join(rel, name)}
	if r.problem.Format == V2025 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		at.File = strings.ToValidUTF8(at.File, "\uFFFD")
		r.warn(BadName, at, "is ignored: a name has only letters, digits, and _ . + - (not at its start)")
		return false
	}
	if r.problem.Format == Legacy {
		r.warn(BadName, at, "is used, but a name should have only letters, digits, and _ . -")
	}
	return true
}

// files gives all files below a folder, their names relative to it.
func (r *reader) files(rel string) []File {
	var all []File
	r.walk(rel, "", nil, func(e entry, name string) { all = append(all, File{Name: name, Path: e.host}) })
	return all
}

// enter adds a folder to those that it is in, by which a link to one of them is noticed;
// ok is false if it is one, or not there.
func (r *reader) enter(rel string, above []string) (dirs []string, ok bool) {
	e := r.stat(rel)
	if e == nil {
		return nil, false
	}
	if slices.Contains(above, e.host) {
		r.fail(OutsideLink, Place{File: rel}, "a symbolic link leads to a folder that it is in")
		return nil, false
	}
	return append(slices.Clone(above), e.host), true
}

// walk calls do for every file below a folder. above is as [reader.enter] has it.
func (r *reader) walk(rel, prefix string, above []string, do func(e entry, name string)) {
	above, ok := r.enter(rel, above)
	if !ok || r.tooMany() {
		return
	}
	for _, sub := range r.list(rel) {
		if sub.dir {
			r.walk(sub.rel, prefix+sub.name+"/", above, do)
		} else {
			do(sub, prefix+sub.name)
		}
	}
}

// text reads a text file, without a BOM. ok is false if it is not there or cannot be
// used; the latter has been reported.
func (r *reader) text(rel string) (data []byte, ok bool) {
	host := r.file(rel)
	if host == "" {
		return nil, false
	}
	data, err := readLimited(host, maxText+1)
	switch {
	case err != nil:
		r.failErr(Unreadable, Place{File: rel}, err, "read")
		return nil, false
	case len(data) > maxText:
		r.fail(BadValue, Place{File: rel}, "is larger than %d MiB", maxText>>20)
		return nil, false
	}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		r.warn(BadEncoding, Place{File: rel}, "starts with a byte-order mark, which is ignored")
		data = data[3:]
	}
	if at := badUTF8(data); at >= 0 {
		line, column := position(data, at)
		r.fail(BadEncoding, Place{rel, line, column}, "is not UTF-8: byte 0x%02x", data[at])
		return nil, false
	}
	if bytes.Contains(data, []byte("\r\n")) {
		r.warn(OddTextFile, Place{File: rel}, "has lines that end in CR LF")
	}
	return data, true
}

// readLimited reads a file's first limit bytes.
func readLimited(host string, limit int64) ([]byte, error) {
	f, err := os.Open(host)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// badUTF8 is where data first is no UTF-8, or -1.
func badUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for at := 0; at < len(data); {
		c, size := utf8.DecodeRune(data[at:])
		if c == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// position is the line and the column of an offset, from 1, the column in bytes.
func position(data []byte, at int) (line, column int) {
	before := data[:at]
	return 1 + bytes.Count(before, []byte("\n")), at - bytes.LastIndexByte(before, '\n')
}
