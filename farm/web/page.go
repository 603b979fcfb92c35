package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"judge/judge/report"
)

//go:embed page
var pageFiles embed.FS

var kinds = map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// servePage answers with the page and its files: what is of package report's pages, too, comes before what is the site's
// own. A file's name says nothing of its content, so it is asked for each time, and sent when it changed.
func servePage(mux *http.ServeMux) error {
	style, script := report.Kit()
	before := map[string]string{"app.css": style, "app.js": script}
	list, err := fs.ReadDir(pageFiles, "page")
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	files := map[string]string{}
	for _, f := range list {
		text, err := fs.ReadFile(pageFiles, "page/"+f.Name())
		if err != nil {
			return fmt.Errorf("read the page: %w", err)
		}
		files[f.Name()] = before[f.Name()] + string(text)
	}
	mux.Handle("GET /{$}", file(files["index.html"], ".html"))
	delete(files, "index.html")
	for name, text := range files {
		mux.Handle("GET /assets/"+name, file(text, path.Ext(name)))
	}
	return nil
}

func file(text, ext string) http.Handler {
	sum := sha256.Sum256([]byte(text))
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", kinds[ext])
		_, _ = w.Write([]byte(text)) // who asked may have gone
	})
}
