package farm

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A byte of a submission that is another one on the server's disk is no submission: whatever the server makes of it, nobody judges it.
func TestBlobCorruptOnDisk(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 2, 2)
	const mark = "int the_text_that_is_changed;"
	write(t, files[0], strings.Repeat(mark+"\n", 8000), 0o644) // more than goes into the list of its files
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{}, pkg, files)
	until(t, "both jobs are there", func() bool {
		p, err := f.Progress(context.Background(), s.court.ID())
		return err == nil && p.Queued == 2
	})
	h.stop()
	if n := flip(t, h.dir, mark); n == 0 {
		t.Fatal("the text is in no file of the store")
	}
	h.start()
	b := newBench(1)
	begin(t, f, b)
	got := s.wait(t)
	if !strings.Contains(got[0], `"verdict":"JE"`) || !strings.Contains(got[0], "00.c") && !strings.Contains(got[0], "submission 0") {
		t.Errorf("a corrupt submission is %s", got[0])
	}
	for _, judged := range b.list() {
		if strings.Contains(judged, "00.c") {
			t.Errorf("judged: %s", judged)
		}
	}
	empty(t, f)
}

// flip changes a byte of a text wherever it is below a folder, once in each file. It says in how many.
func flip(t *testing.T, dir, text string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := bytes.Index(data, []byte(text))
		if at < 0 {
			return nil
		}
		n++
		data[at] ^= 1
		return os.WriteFile(path, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
