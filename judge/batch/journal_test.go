package batch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"judge/judge"
)

// whole lists the cases, "ITEM NAME", that the first bytes of a journal have in full.
func whole(text []byte) []string {
	var cases []string
	end := bytes.LastIndexByte(text, '\n') + 1
	for line := range strings.Lines(string(text[:end])) {
		if f := strings.SplitN(line, " ", 5); len(f) == 5 && f[2] == kindCase {
			cases = append(cases, f[3]+" "+f[4][:strings.Index(f[4], " {")])
		}
	}
	slices.Sort(cases)
	return slices.Compact(cases)
}

// A journal that was cut off anywhere is gone on with: the same results, and no case again
// that is in it.
func TestCutAnywhere(t *testing.T) {
	dir := contest(t, 2, false)
	left := &disk{room: -1}
	want, err := try(t, dir, newFake(), left)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(left.data) + 1 {
		d, f := left.copyOf(n, -1), newFake()
		had := whole(d.data)
		got, err := try(t, dir, f, d)
		if err != nil {
			t.Fatalf("cut at byte %d of %d: %v", n, len(left.data), err)
		}
		if !slices.Equal(got.told, want.told) {
			t.Fatalf("cut at byte %d:\n%q\nwant\n%q", n, got.told, want.told)
		}
		if all := 4; len(had)+len(f.judged) != all {
			t.Fatalf("cut at byte %d: %d cases were in it and %d judged again, of %d", n, len(had), len(f.judged), all)
		}
		// And what is in it now is enough for a third time.
		f = newFake()
		if got, err = try(t, dir, f, d); err != nil || len(f.judged) > 0 || got.resumed != 2 || !slices.Equal(got.told, want.told) {
			t.Fatalf("cut at byte %d, for the third time: %v, judged %q", n, err, f.judged)
		}
	}
}

// A disk that is full at any byte is an error, and what was told is not done again.
func TestFullAnywhere(t *testing.T) {
	dir := contest(t, 2, false)
	left := &disk{room: -1}
	want, err := try(t, dir, newFake(), left)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for room := range len(left.data) {
		d, f := &disk{room: room}, newFake()
		first, err := try(t, dir, f, d)
		switch {
		case err == nil && slices.Contains(first.told, ""):
			t.Fatalf("room for %d bytes: no error, and not all is told", room)
		case err != nil && !errors.Is(err, errFull):
			t.Fatalf("room for %d bytes: %v", room, err)
		case err != nil:
			failed++
		}
		had := whole(d.data)
		d.room, f = -1, newFake()
		second, err := try(t, dir, f, d)
		if err != nil || !slices.Equal(second.told, want.told) {
			t.Fatalf("room for %d bytes, then enough: %v\n%q", room, err, second.told)
		}
		if len(had)+len(f.judged) != 4 {
			t.Fatalf("room for %d bytes: %q were in it and %q judged again", room, had, f.judged)
		}
		for n, told := range first.told {
			if told != "" && slices.ContainsFunc(f.judged, func(s string) bool { return strings.HasPrefix(s, "s/"+string(rune('0'+n))+".c ") }) {
				t.Fatalf("room for %d bytes: item %d was told, and is judged again: %q", room, n, f.judged)
			}
		}
	}
	if failed < len(left.data)*9/10 {
		t.Errorf("only %d of %d sizes were too small", failed, len(left.data))
	}
}

// What a failed sync leaves open is not told.
func TestSyncFails(t *testing.T) {
	dir := contest(t, 40, false)
	d, f := &disk{room: -1}, newFake()
	f.after, f.act = 30, func() { d.mu.Lock(); d.lost = true; d.mu.Unlock() }
	first, err := try(t, dir, f, d)
	if !errors.Is(err, errFull) {
		t.Fatalf("no error of the disk: %v", err)
	}
	if !slices.Contains(first.told, "") {
		t.Error("all is told, though not all is on the disk")
	}
	d.lost = false
	second, err := try(t, dir, newFake(), d)
	if err != nil || slices.Contains(second.told, "") {
		t.Errorf("afterwards: %v", err)
	}
}

// Damage where the disk had it once is told from a write that was cut short.
func TestDamage(t *testing.T) {
	dir := contest(t, 30, false)
	left := &disk{room: -1}
	if _, err := try(t, dir, newFake(), left); err != nil {
		t.Fatal(err)
	}
	d := left.copyOf(len(left.data), -1)
	d.data[len(d.data)/3] ^= 1
	var refused *JournalError
	if _, err := try(t, dir, newFake(), d); !errors.As(err, &refused) || !strings.Contains(err.Error(), "damaged at byte") {
		t.Errorf("a bit in the middle: %v", err)
	}
	d = left.copyOf(len(left.data), -1)
	d.data[len(d.data)-5] ^= 1
	if _, err := try(t, dir, newFake(), d); err != nil {
		t.Errorf("a bit at the end: %v", err)
	}
	d = left.copyOf(len(left.data), -1)
	d.data = append(d.data, make([]byte, 4096)...) // as a crash leaves on some file systems
	if _, err := try(t, dir, newFake(), d); err != nil {
		t.Errorf("zeros at the end: %v", err)
	}
}

// A journal goes on with what it was begun for, and nothing else.
func TestRefused(t *testing.T) {
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		change func(dir string, f *fake, d *disk)
		want   string
	}{
		"another version": {func(_ string, f *fake, _ *disk) { f.facts[0].Value = "2" }, `another judge's version: "1", now "2"`},
		"another fact":    {func(_ string, f *fake, _ *disk) { f.facts = append(f.facts, judge.Fact{What: "rootfs x", Value: "y"}) }, `without rootfs x`},
		"a fact less":     {func(_ string, f *fake, _ *disk) { f.facts = nil }, `with judge's version`},
		"another list": {func(dir string, _ *fake, _ *disk) {
			write(filepath.Join(dir, ManifestName), `{"problem":"p","submission":"s/0.c"}`)
		}, "another list of submissions (it had 2, this has 1)"},
		"another source":  {func(dir string, _ *fake, _ *disk) { write(filepath.Join(dir, "s", "1.c"), "other") }, "the submission s/1.c was changed"},
		"another package": {func(dir string, _ *fake, _ *disk) { write(filepath.Join(dir, "q", "1.ans"), "other") }, "the package q was changed"},
		"no journal":      {func(_ string, _ *fake, d *disk) { d.data = []byte("int main() {}\n") }, "it is no journal"},
	} {
		dir := contest(t, 2, false)
		d := &disk{room: -1}
		if _, err := try(t, dir, newFake(), d); err != nil {
			t.Fatal(err)
		}
		f := newFake()
		test.change(dir, f, d)
		before := bytes.Clone(d.data)
		var refused *JournalError
		if _, err := try(t, dir, f, d); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) || refused.Hint == "" {
			t.Errorf("%s: %v, want %q and a hint", name, err, test.want)
		}
		if len(f.judged) > 0 || !bytes.Equal(d.data, before) {
			t.Errorf("%s: judged %q, or changed the file", name, f.judged)
		}
	}
}

// What is halted goes on, and what is judge's own error is tried again, alone.
func TestHaltAndJE(t *testing.T) {
	dir := contest(t, 7, true)
	d, f := &disk{room: -1}, newFake()
	f.after, f.act = 6, func() { close(f.halted) }
	if _, err := try(t, dir, f, d); !errors.Is(err, judge.ErrHalted) {
		t.Fatalf("halted: %v", err)
	}
	g := newFake()
	second, err := try(t, dir, g, d)
	if err != nil || slices.Contains(second.told, "") {
		t.Fatalf("afterwards: %v", err)
	}
	twice(t, f.judged, g.judged)
	if len(f.judged) != 6 || len(g.judged) != 8 {
		t.Errorf("judged %d, then %d", len(f.judged), len(g.judged))
	}
	h := newFake()
	if third, err := try(t, dir, h, d); err != nil || !slices.Equal(third.told, second.told) || third.resumed != 6 {
		t.Errorf("for the third time: %v", err)
	}
	if want := []string{`s/6.c secret/2 "x"`}; !slices.Equal(h.judged, want) {
		t.Errorf("judged again: %q, want %q", h.judged, want)
	}
}

// Without a journal the results are the same.
func TestNoJournal(t *testing.T) {
	dir := contest(t, 5, true)
	want, err := try(t, dir, newFake(), &disk{room: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := try(t, dir, newFake(), nil); err != nil || !slices.Equal(got.told, want.told) {
		t.Errorf("%v\n%q\nwant\n%q", err, got.told, want.told)
	}
}

// Whatever is in a file, reading it ends, and takes no more than what is whole.
func FuzzOpenJournal(f *testing.F) {
	text, err := appendRecord([]byte(magic), 0, kindBasis, 0, "", basis{Items: 1})
	if err != nil {
		f.Fatal(err)
	}
	more, err := appendRecord(bytes.Clone(text), int64(len(text)), kindCase, 0, "x", judge.CaseResult{Name: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(more)
	f.Add(more[:len(more)-3])
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &disk{data: bytes.Clone(data), room: -1}
		j, err := OpenJournal(d, d.size())
		if err != nil {
			return
		}
		if again, err := OpenJournal(d, d.size()); err != nil || again.end != j.end || len(again.past.items) != len(j.past.items) {
			t.Errorf("read again: %v", err)
		}
	})
}

// A batch that is cancelled ends.
func TestCancelled(t *testing.T) {
	dir := contest(t, 5, false)
	ctx, cancel := context.WithCancel(context.Background())
	f := newFake()
	f.after, f.act = 3, cancel
	b, err := New(ctx, Options{Court: f, List: Manifest(filepath.Join(dir, ManifestName), nil), Done: func(Outcome) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What is graded on rests on the package that the journal has, also where that changes
// after the list was looked through.
func TestPackageChangesAfterSurvey(t *testing.T) {
	dir := contest(t, 2, false)
	f, d := newFake(), &disk{room: -1}
	f.after, f.act = 3, func() { close(f.halted) }
	if _, err := try(t, dir, f, d); !errors.Is(err, judge.ErrHalted) {
		t.Fatalf("halted: %v", err)
	}
	j, err := OpenJournal(d, d.size())
	if err != nil {
		t.Fatal(err)
	}
	if len(j.past.packages) != 2 {
		t.Fatalf("the journal has the packages %q", j.past.packages)
	}
	b, err := New(context.Background(), Options{Court: newFake(), List: Manifest(filepath.Join(dir, ManifestName), nil), Journal: j, Done: func(Outcome) {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"p", "q"} {
		if err := os.WriteFile(filepath.Join(dir, p, "1.ans"), []byte("other"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "was changed while it was graded") {
		t.Errorf("graded by two versions of a package: %v", err)
	}
}
