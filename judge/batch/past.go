package batch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"

	"judge/judge"
)

// A past is what a journal's records say, by where they stand in the file.
type past struct {
	basis    basis             // what it rests on; zero in a new journal
	packages map[string]string // digests, by problem
	checked  map[string]bool   // those that were found to be the same now
	items    map[int]*pastItem
}

// A pastItem is what is known of an item.
type pastItem struct {
	source string          // digest; "" if it was not begun
	cases  map[string]span // by name
	result span            // of length 0 if there is none
}

// A span is a piece of the file.
type span struct {
	at     int64
	length int
}

// A basis is what a batch's results rest on.
type basis struct {
	Items int          `json:"items"`
	List  string       `json:"list"` // its digest
	Facts []judge.Fact `json:"facts"`
}

// A JournalError says why a file is not used as a journal.
type JournalError struct {
	What, Hint string
}

func (e *JournalError) Error() string { return e.What }

// OpenJournal reads what is in a file of a size, and takes away a record at its end that is
// not whole. The error is a [*JournalError] where the file is no journal, or a damaged one;
// else it is one of the file's.
func OpenJournal(file File, size int64) (*Journal, error) {
	j := &Journal{file: file, group: gather, past: &past{packages: map[string]string{}, checked: map[string]bool{}, items: map[int]*pastItem{}}}
	fresh, err := isFresh(file, size)
	if err != nil {
		return nil, err
	}
	if !fresh {
		if j.end, err = j.past.read(io.NewSectionReader(file, 0, size)); err != nil {
			return nil, err
		}
	}
	if j.end < size {
		if err := file.Truncate(j.end); err != nil {
			return nil, fmt.Errorf("take a half record off the journal: %w", err)
		}
	}
	return j, nil
}

// isFresh says whether a file is to become a journal: it is empty, or all that is in it
// is the beginning of magic.
func isFresh(file io.ReaderAt, size int64) (bool, error) {
	head := make([]byte, min(size, int64(len(magic))))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read the journal: %w", err)
	}
	if !bytes.HasPrefix([]byte(magic), head) {
		return false, &JournalError{What: "it is no journal of this judge's: its first line is another", Hint: "name a new file, or one that judge grade --journal made"}
	}
	return len(head) < len(magic), nil
}

// Begun is how many submissions the journal has something of.
func (j *Journal) Begun() int { return len(j.past.items) }

// read goes through the records, and says where the last whole one ends.
func (p *past) read(r io.Reader) (end int64, err error) {
	s := &scanner{r: bufio.NewReaderSize(r, 64<<10)}
	if _, err := s.r.Discard(len(magic)); err != nil {
		return 0, fmt.Errorf("read the journal: %w", err)
	}
	s.at = int64(len(magic))
	broken := int64(-1)
	for {
		start := s.at
		h, whole, err := s.next()
		switch {
		case errors.Is(err, io.EOF) && broken >= 0:
			return broken, nil
		case errors.Is(err, io.EOF):
			return start, nil
		case err != nil:
			return 0, fmt.Errorf("read the journal at byte %d: %w", start, err)
		case !whole && broken < 0:
			broken = start
		case whole && broken >= 0 && h.synced > broken:
			return 0, &JournalError{What: fmt.Sprintf("it is damaged at byte %d, which was on the disk once", broken),
				Hint: "is the disk sound? take another journal, and grade anew"}
		case whole && broken < 0:
			if err := p.note(h); err != nil {
				return 0, err
			}
		}
	}
}

// note takes a record in.
func (p *past) note(h header) error {
	item := func() *pastItem {
		i := p.items[h.item]
		if i == nil {
			i = &pastItem{cases: map[string]span{}}
			p.items[h.item] = i
		}
		return i
	}
	var err error
	switch h.kind {
	case kindBasis:
		err = json.Unmarshal(h.text, &p.basis)
	case kindPackage:
		var digest string
		err = json.Unmarshal(h.text, &digest)
		p.packages[h.name] = digest
	case kindItem:
		err = json.Unmarshal(h.text, &item().source)
	case kindCase:
		item().cases[h.name] = h.json
	case kindResult:
		item().result = h.json
	default:
		err = errors.New("there is no such kind of record")
	}
	if err != nil {
		return &JournalError{What: fmt.Sprintf("record %s at byte %d: %v", h.kind, h.json.at, err), Hint: "another judge wrote it: use that one, or take another journal"}
	}
	return nil
}

// A header is a record without its JSON.
type header struct {
	synced int64
	kind   string
	item   int
	name   string
	json   span
	text   []byte // the JSON, if it is short; it changes with the next record
}

// A scanner reads records of any length.
type scanner struct {
	r  *bufio.Reader
	at int64
}

// next reads a line. whole says that it is a record, and complete. The error is io.EOF
// after the last line.
func (s *scanner) next() (h header, whole bool, err error) {
	first, err := s.r.ReadSlice('\n')
	start, n := s.at, int64(len(first))
	if n == 0 {
		return h, false, err
	}
	if n <= 9 {
		s.at += n
		return h, false, ignoreEnd(err)
	}
	want, bad := strconv.ParseUint(string(first[:8]), 16, 32)
	head, good := parse(first[9:])
	last := first
	sum := crc32.Update(0, castagnoli, bytes.TrimSuffix(first[9:], []byte("\n")))
	for errors.Is(err, bufio.ErrBufferFull) {
		head.text = nil
		last, err = s.r.ReadSlice('\n')
		n += int64(len(last))
		sum = crc32.Update(sum, castagnoli, bytes.TrimSuffix(last, []byte("\n")))
	}
	s.at += n
	head.json.at += start + 9
	head.json.length = int(s.at - 1 - head.json.at)
	whole = err == nil && bad == nil && good && first[8] == ' ' && uint32(want) == sum
	return head, whole, ignoreEnd(err)
}

// ignoreEnd is an error but for the end, which the next call finds.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// parse reads what is before the JSON of a record.
func parse(b []byte) (h header, ok bool) {
	rest := b
	word := func() string {
		w, more, found := bytes.Cut(rest, []byte(" "))
		if ok = ok && found; ok {
			rest = more
		}
		return string(w)
	}
	ok = true
	synced, err1 := strconv.ParseInt(word(), 10, 64)
	h.synced, h.kind = synced, word()
	item, err2 := strconv.Atoi(word())
	h.item = item
	if !ok || err1 != nil || err2 != nil || item < 0 {
		return h, false
	}
	quoted, err := strconv.QuotedPrefix(string(rest))
	if err != nil || len(quoted)+1 >= len(rest) {
		return h, false
	}
	if h.name, err = strconv.Unquote(quoted); err != nil {
		return h, false
	}
	h.json.at = int64(len(b) - len(rest) + len(quoted) + 1)
	h.text = bytes.TrimSuffix(b[h.json.at:], []byte("\n"))
	return h, true
}

// readAt reads what a record has of JSON.
func (j *Journal) readAt(s span, v any) error {
	text := make([]byte, s.length)
	_, err := j.file.ReadAt(text, s.at)
	if err == nil || errors.Is(err, io.EOF) {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return fmt.Errorf("read the journal at byte %d: %w", s.at, err)
	}
	return nil
}
