package web

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"judge/farm"
	"judge/judge"
	"judge/judge/report"
)

var faultType = reflect.TypeFor[fault]()

// resultNames is what the definitions of judge schema grade are called in the document.
const resultNames = "judge-"

// defineResults puts judge's own schema of results among those of the API.
func defineResults(doc *huma.OpenAPI) error {
	text, err := judge.ResultSchema()
	if err != nil {
		return err
	}
	var schema struct {
		Defs map[string]map[string]any `json:"$defs"`
	}
	text = strings.ReplaceAll(text, `"#/$defs/`, `"#/components/schemas/`+resultNames)
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return fmt.Errorf("read the schema of results: %w", err)
	}
	for name, def := range schema.Defs {
		delete(def, "$schema") // of a part it says nothing new
		doc.Components.Schemas.Map()[resultNames+name] = &huma.Schema{Extensions: def}
	}
	return nil
}

func content(kind, name string) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Ref: "#/components/schemas/" + name}}}
}

func (s *Site) resultsOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodGet, "/batches/{id}/results", "results", "All results, as judge results --format json writes them, when all are there")
	o.Responses["200"] = &huma.Response{Description: "The results, in the order of the list", Content: content("application/json", resultNames+"document")}
	return o
}

func (s *Site) reportOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodGet, "/batches/{id}/report", "report", "All results as a page that needs nothing else, as judge results --html writes it")
	o.Responses["200"] = &huma.Response{Description: "HTML", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	return o
}

// results answers with all results of a batch.
func (s *Site) results(ctx context.Context, in *batchInput) (*huma.StreamResponse, error) {
	return s.document(ctx, in.ID, "application/json", "", func(w io.Writer) sink { return &list{w: w, counts: report.Counts{}} })
}

func (s *Site) report(ctx context.Context, in *batchInput) (*huma.StreamResponse, error) {
	return s.document(ctx, in.ID, "text/html; charset=utf-8", in.ID+".html", func(w io.Writer) sink { return report.NewHTML(w, time.Now()) })
}

// A sink makes a document of results.
type sink = report.Sink

// document puts all results of a batch into a file without a name, in the order of the list, and answers with that.
func (s *Site) document(ctx context.Context, id, kind, name string, make func(io.Writer) sink) (*huma.StreamResponse, error) {
	b, err := s.batch(ctx, id)
	if err != nil {
		return nil, err
	}
	leave, err := s.making(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	items, err := s.Farm.Whole(ctx, b)
	var missing *farm.Refusal
	if errors.As(err, &missing) {
		return nil, newFault(http.StatusConflict, missing.What, missing.Hint)
	}
	if err != nil {
		return nil, failed(err)
	}
	audits, err := s.audits(ctx, b, items)
	if err != nil {
		return nil, err
	}
	f, err := s.spool(ctx, b.ID, items, audits, make)
	if err != nil {
		return nil, failed(err)
	}
	return s.answerFile(ctx, f, kind, name)
}

// making has a document be one of those that are put together at once; the function lets go.
func (s *Site) making(ctx context.Context) (leave func(), err error) {
	leave, ok := s.docs.enter(asking(ctx).User)
	if !ok {
		return nil, busy(fmt.Sprintf("%d documents are being made", documents))
	}
	return leave, nil
}

// audits are what other workers came to, where the batch asked for that. Having it done takes as long as judging does: no
// request waits for it.
func (s *Site) audits(ctx context.Context, b farm.Batch, items []farm.Listed) (map[int]*judge.Audit, error) {
	if b.Audit > 0 && b.Audited == "" {
		return nil, newFault(http.StatusConflict, fmt.Sprintf("the batch %s is to be audited, and is not yet", b.ID), "judge results "+b.ID+" has it done")
	}
	audits, err := s.Farm.Audits(ctx, b, items, func(string) {})
	return audits, failed(err)
}

// answerFile answers with a file, and closes it. Whoever reads it slowly holds nothing but that, which takes room: there are
// so many at most.
func (s *Site) answerFile(ctx context.Context, f *os.File, kind, name string) (*huma.StreamResponse, error) {
	leave, ok := s.unread.enter(asking(ctx).User)
	if !ok {
		f.Close()
		return nil, busy(fmt.Sprintf("%d documents are being read, %d by one user, and no more can be", unread, ownUnread))
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		defer f.Close()
		hc.SetHeader("Content-Type", kind)
		if name != "" { // a page of its own: not one of this site's, whose token it could ask for
			hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
			hc.SetHeader("Content-Security-Policy", "sandbox")
		}
		if at, err := f.Seek(0, io.SeekEnd); err == nil {
			hc.SetHeader("Content-Length", strconv.FormatInt(at, 10))
		}
		if _, err := f.Seek(0, io.SeekStart); err == nil {
			_, _ = io.Copy(hc.BodyWriter(), f) // who asked may have gone
		}
	}}, nil
}

// spool is a document in a file without a name.
func (s *Site) spool(ctx context.Context, id string, items []farm.Listed, audits map[int]*judge.Audit, make func(io.Writer) sink) (_ *os.File, err error) {
	results, err := nameless(s.Dir)
	if err != nil {
		return nil, err
	}
	defer results.Close()
	parts, err := s.keep(ctx, id, items, results)
	if err != nil {
		return nil, err
	}
	f, err := nameless(s.Dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	w := bufio.NewWriterSize(s.roomy(f), 64<<10)
	out := make(w)
	for _, p := range parts {
		var r judge.Result
		if err := json.NewDecoder(io.NewSectionReader(results, p.at, p.size)).Decode(&r); err != nil {
			return nil, fmt.Errorf("read a result again: %w", err)
		}
		r.Audit = audits[p.item]
		if err := out.Add(&r); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(out.Close(), w.Flush()); err != nil {
		return nil, fmt.Errorf("put the results together: %w", err)
	}
	return f, nil
}

func (s *Site) roomy(w io.Writer) io.Writer {
	return &roomy{Writer: w, room: func() error { return room(s.Dir) }}
}

// A part is a result in a file.
type part struct {
	item     int
	at, size int64
}

// keep writes results as they come, and says where they are, in the order of the list.
func (s *Site) keep(ctx context.Context, id string, items []farm.Listed, to *os.File) ([]part, error) {
	var parts []part
	var at int64
	var failure error
	w := bufio.NewWriterSize(s.roomy(to), 64<<10)
	err := s.Farm.GatherList(ctx, id, items, func(l farm.Listed, r *judge.Result) {
		text, err := json.Marshal(r)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil && failure == nil {
			failure = fmt.Errorf("keep the results: %w", err)
		}
		parts = append(parts, part{l.Item, at, int64(len(text))})
		at += int64(len(text))
	})
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.item, b.item) })
	return parts, errors.Join(err, failure, w.Flush())
}

// A list is judge's document of results.
type list struct {
	w      io.Writer
	n      int
	counts report.Counts
}

func (l *list) Add(r *judge.Result) error {
	before := ",\n    "
	if l.n == 0 {
		before = fmt.Sprintf("{\n  \"version\": %d,\n  \"submissions\": [\n    ", judge.Version)
	}
	l.n++
	l.counts.Add(r)
	if _, err := io.WriteString(l.w, before); err != nil {
		return err
	}
	e := json.NewEncoder(l.w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

func (l *list) Close() error {
	if l.n == 0 {
		if _, err := fmt.Fprintf(l.w, "{\n  \"version\": %d,\n  \"submissions\": [", judge.Version); err != nil {
			return err
		}
	}
	summary, err := json.Marshal(l.counts.Verdicts())
	if err == nil {
		_, err = fmt.Fprintf(l.w, "  ],\n  \"summary\": %s\n}\n", summary)
	}
	return err
}
