package main

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// page finds out where the page of a server is.
func (p *place) page(more ...string) (page string, s *process) {
	p.t.Helper()
	log, err := os.Create(filepath.Join(p.dir, "serve.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	file := filepath.Join(p.dir, "url")
	s = p.startWith(log, append([]string{"serve", "--listen", p.listen, "--http", "127.0.0.1:0", "--store", filepath.Join(p.dir, "store"), "--url-file", file}, more...)...)
	at := regexp.MustCompile(`the page is (\S+)/\n`)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		said, err := os.ReadFile(log.Name())
		if err != nil {
			p.t.Fatal(err)
		}
		url, err := os.ReadFile(file) // comes last
		if found := at.FindSubmatch(said); found != nil && err == nil {
			p.url = strings.TrimSpace(string(url))
			return string(found[1]), s
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the server does not answer: %s", said)
		}
	}
}

// token makes one, and gives it and its line.
func (p *place) token(user, role string) (secret, line string) {
	p.t.Helper()
	var told bytes.Buffer
	c := exec.Command(filepath.Join(p.bin, "judge-farm"), "token", user, role)
	c.Stderr = &told
	out, err := c.Output()
	if err != nil {
		p.t.Fatalf("%v: %s", err, &told)
	}
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	return lines[len(lines)-1], string(out)
}

// packed is a tar of what is in the place's folder under some names.
func (p *place) packed(names ...string) *bytes.Buffer {
	p.t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(p.dir, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			in := strings.TrimPrefix(path, p.dir+"/")
			if in == "batch.jsonl" {
				in = "manifest.jsonl"
			}
			if err := w.WriteHeader(&tar.Header{Name: in, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	return &b
}

// TestHTTP: what is sent over HTTP, and judged, comes to what it comes to on this machine; the commands see it, too.
func TestHTTP(t *testing.T) {
	p := newPlace(t)
	list := p.squares(6, 3)
	p.run([]int{0}, "grade", "-q", "--fresh", "--format", "json", "-o", "here.json", "--manifest", list)
	secret, line := p.token("alice", "submit")
	p.write("tokens", line, 0o600)
	page, server := p.page("--tokens", filepath.Join(p.dir, "tokens"))
	worker := p.worker(1)
	ask := func(method, path string, body io.Reader) (int, string) {
		r, err := http.NewRequest(method, page+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	status, text := ask("POST", "/batches?fresh=true", p.packed("square", "s", "batch.jsonl"))
	id := regexp.MustCompile(`"id":"(alice\.[^"]+)"`).FindStringSubmatch(text)
	if status != http.StatusCreated || id == nil {
		t.Fatalf("status %d: %s", status, text)
	}
	p.run([]int{0}, "watch", "--nats", p.url, id[1])
	if status, text = ask("GET", "/batches/"+id[1]+"/results", nil); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	p.write("there.json", text, 0o644)
	p.run([]int{0}, "results", "--nats", p.url, "--format", "json", "-o", "command.json", id[1])
	here, there, command := p.report("here.json"), p.report("there.json"), p.report("command.json")
	if there != here || command != here {
		t.Errorf("over HTTP it is\n%s\nby judge results\n%s\nhere\n%s", there, command, here)
	}
	if left, err := os.ReadDir(filepath.Join(p.dir, "store", "judge-uploads")); err != nil || len(left) > 0 {
		t.Errorf("of what was sent %v is left, %v", left, err)
	}
	p.stop(worker)
	p.stop(server)
}
