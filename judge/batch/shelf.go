package batch

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"judge/judge/problem"
)

// shelfRoom is how many cases the problems may have that are kept in memory, though
// nobody grades by them just now.
const shelfRoom = 100_000

// A shelf holds the problems of a batch: those in use, and of the others those that
// were used last. What is taken away is read and built anew when it is asked for.
type shelf struct {
	court Court
	warn  func(string)

	room  int // shelfRoom
	mu    sync.Mutex
	books map[string]*book // by folder
	names map[string]string
	uses  int
}

// A book is one problem.
type book struct {
	problem *problem.Problem
	users   int
	used    int // when: the larger, the later
	once    sync.Once
	docket  Docket
	err     error
}

func newShelf(c Court, warn func(string)) *shelf {
	return &shelf{room: shelfRoom, court: c, warn: warn, books: map[string]*book{}, names: map[string]string{}}
}

// take reads a problem; put gives it back.
func (s *shelf) take(dir string) (*book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[dir]
	if b == nil {
		p, err := problem.Load(dir)
		if err != nil {
			return nil, fmt.Errorf("problem %s: %w", dir, err)
		}
		if err := s.court.Fits(p); err != nil {
			return nil, err
		}
		first := s.name(p, dir)
		if first && s.warn != nil {
			for _, w := range p.Warnings {
				s.warn(fmt.Sprintf("%s: %v", p.Name, w))
			}
		}
		b = &book{problem: p}
		s.books[dir] = b
	}
	s.uses++
	b.users, b.used = b.users+1, s.uses
	s.tidy()
	return b, nil
}

// name gives a problem another name where one before it has the same: results are told
// apart by it. It says whether the problem was never seen before.
func (s *shelf) name(p *problem.Problem, dir string) bool {
	owner, taken := s.names[p.Name]
	if taken && owner != p.Dir {
		p.Name = filepath.ToSlash(filepath.Clean(dir))
	}
	_, known := s.names[p.Name]
	s.names[p.Name] = p.Dir
	return !known
}

func (s *shelf) put(b *book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.users--
	s.tidy()
}

// tidy takes away what does not fit. The caller holds mu.
func (s *shelf) tidy() {
	for {
		room, oldest := s.room, ""
		for dir, b := range s.books {
			if b.users > 0 {
				continue
			}
			room -= len(b.problem.Cases)
			if oldest == "" || b.used < s.books[oldest].used {
				oldest = dir
			}
		}
		if room >= 0 || oldest == "" {
			return
		}
		s.close(s.books[oldest])
		delete(s.books, oldest)
	}
}

// prepared is the problem with its programs built; the caller has taken it.
func (s *shelf) prepared(ctx context.Context, b *book) (Docket, error) {
	b.once.Do(func() { b.docket, b.err = s.court.Prepare(ctx, b.problem) })
	return b.docket, b.err
}

// close tells what was found about a problem, and removes what was built.
func (s *shelf) close(b *book) {
	if b.docket == nil {
		return
	}
	for _, n := range b.docket.Notes() {
		if s.warn != nil {
			s.warn(b.problem.Name + ": " + n.Text)
		}
	}
	b.docket.Close()
}

// closeAll is the end.
func (s *shelf) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for dir, b := range s.books {
		s.close(b)
		delete(s.books, dir)
	}
}
