package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"

	"judge/farm"
	"judge/judge"
	"judge/judge/batch"
	"judge/judge/language"
)

// maxPadding is what is read behind the end of an archive.
const maxPadding = 1 << 20

// isOdd says of a name that it cannot be made: that is the archive's fault.
func isOdd(err error) bool {
	return errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.EINVAL)
}

// submitInput is what judge submit is told by flags.
type submitInput struct {
	Priority string `query:"priority" enum:"high,normal,low" default:"normal" doc:"Which jobs workers take first"`
	Labels   string `query:"labels" doc:"LABEL,...: only workers that have all these"`
	Policy   string `query:"policy" doc:"A built-in policy, instead of the languages' own"`
	Rootfs   string `query:"rootfs" doc:"The name of a root file system"`
	Language string `query:"language" doc:"Of the submissions, instead of what their names say"`
	Expect   string `query:"expect" doc:"VERDICT,... or package: what must come out"`
	AllCases bool   `query:"all_cases" doc:"Judge every case, also after the first failure"`
	Fresh    bool   `query:"fresh" doc:"Run everything anew, whatever the result caches have"`
	NoCache  bool   `query:"no_cache" doc:"Compile and run everything anew, and keep nothing of it"`

	body io.Reader
}

// Resolve takes the body as it comes: huma would keep it in memory.
func (in *submitInput) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

var _ huma.Resolver = (*submitInput)(nil)

// A Submitted is a batch that was sent.
type Submitted struct {
	ID string `json:"id" doc:"The batch"`
}

type submitOutput struct {
	Location string `header:"Location"`
	Body     Submitted
}

func (s *Site) submitOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodPost, "/batches", "submit", "Send a batch")
	o.DefaultStatus = http.StatusCreated
	o.Description = "The archive holds packages, submissions and manifest.jsonl, a line {\"problem\": FOLDER, \"submission\": FILE, ...} each, as --manifest of " +
		"judge grade; or packages alone, whose own submissions are graded. It has files and folders, no links. The answer comes when all of it is in the queue."
	binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-tar": binary, "application/gzip": binary, "application/zip": binary}}
	return o
}

func (s *Site) submit(ctx context.Context, in *submitInput) (*submitOutput, error) {
	if err := needs(ctx, Submit); err != nil {
		return nil, err
	}
	if err := s.served(ctx); err != nil {
		return nil, failed(err)
	}
	leave, ok := s.uploads.enter(asking(ctx).User)
	if !ok {
		return nil, busy(fmt.Sprintf("as many archives are being sent as can be: %d, %d of one user", uploads, ownUploads))
	}
	defer leave()
	dir, err := os.MkdirTemp(s.Dir, "upload-")
	if err != nil {
		return nil, failed(fmt.Errorf("make a folder for the archive: %w", err))
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			s.warn("remove what was sent: %v", err) // the next start removes it
		}
	}()
	if err := unpack(in.body, dir, s.Dir); err != nil {
		return nil, failed(hide(err, dir))
	}
	// What pads an archive: only when all is read does the server notice that who sent it has gone.
	_, _ = io.CopyN(io.Discard, in.body, maxPadding)
	id, err := s.send(ctx, in, dir)
	if err != nil {
		return nil, failed(hide(err, dir))
	}
	s.progress.forget()
	return &submitOutput{"/batches/" + id, Submitted{id}}, nil
}

// served refuses a user whom workers of a farm that knows its users have no right to serve: nobody would judge the batch.
func (s *Site) served(ctx context.Context) error {
	if !s.Closed {
		return nil
	}
	users, err := s.Farm.Users(ctx)
	if err != nil {
		return err
	}
	name := asking(ctx).User
	if !slices.ContainsFunc(users, func(u farm.User) bool { return u.Name == name }) {
		return newFault(http.StatusForbidden, name+" sends no batches: there is no line for that in the file of --users", "whoever runs the server adds one, with the role submit, and starts it anew")
	}
	return nil
}

func busy(what string) error {
	return huma.ErrorWithHeaders(newFault(http.StatusServiceUnavailable, what, "try again in a few seconds"), http.Header{"Retry-After": {"5"}})
}

// hide takes the folder's name out of a message: to who sent it, it is the archive.
func hide(err error, dir string) error {
	var answer *fault
	if !errors.As(failed(err), &answer) {
		return err
	}
	for _, name := range []string{dir + string(filepath.Separator), dir} {
		answer.Detail = strings.ReplaceAll(answer.Detail, name, "")
		answer.Hint = strings.ReplaceAll(answer.Hint, name, "")
	}
	return answer
}

// options are those of an engine that would grade it here.
func (in *submitInput) options(version string) judge.Options {
	o := judge.Options{Version: version, Policy: in.Policy, Rootfs: in.Rootfs, Language: in.Language, AllCases: in.AllCases, Languages: language.Builtin()}
	const used = "a worker's own" // which caches are used, and not where they are, is what a batch asks for
	if !in.NoCache {
		o.Cache = used
	}
	if !in.NoCache && !in.Fresh {
		o.Results = used
	}
	return o
}

// send sends all that is in a folder, or nothing that is judged to its end.
func (s *Site) send(ctx context.Context, in *submitInput, dir string) (_ string, err error) {
	items, err := in.items(dir)
	if err != nil {
		return "", err
	}
	labels, err := farm.Labels(in.Labels)
	if err != nil {
		return "", err
	}
	if in.Language != "" {
		if _, err := language.Builtin().Find(in.Language); err != nil {
			return "", &farm.Refusal{What: err.Error()}
		}
	}
	court, err := farm.NewCourt(ctx, s.Farm, farm.CourtOptions{User: asking(ctx).User, Priority: farm.Priority(in.Priority), Labels: labels,
		Judging: in.options(s.Version), Detached: true, Warn: func(text string) { s.warn("%s", text) }})
	if err != nil {
		return "", err
	}
	defer func() { // which cancels what is not whole
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
		defer cancel()
		err = errors.Join(err, court.Close(ctx))
	}()
	var must []bool
	counted := func(yield func(batch.Item, error) bool) {
		must = must[:0]
		for i, err := range items {
			must = append(must, in.Expect != "" || i.Expected != nil)
			if !yield(i, err) {
				return
			}
		}
	}
	b, err := batch.New(ctx, batch.Options{Court: court, List: counted, Done: func(batch.Outcome) {}})
	if err == nil {
		err = b.Run(ctx)
	}
	if err == nil {
		err = court.Sent(ctx, func(n int) bool { return must[n] })
	}
	return court.ID(), err
}

// items is the list that a folder stands for. Whatever its manifest says, it is of files in the folder.
func (in *submitInput) items(dir string) (batch.Items, error) {
	var expected []string
	if in.Expect != "" {
		expected = strings.Split(in.Expect, ",")
	}
	if _, err := batch.Expectation(expected, "expect"); err != nil {
		return nil, err
	}
	list, err := batch.Folder(dir, nil)
	if err != nil {
		return nil, err
	}
	return func(yield func(batch.Item, error) bool) {
		for i, err := range list {
			if err == nil {
				err = within(dir, &i)
			}
			if expected != nil {
				i.Expected = expected
			}
			if !yield(i, err) || err != nil {
				return
			}
		}
	}, nil
}

// within refuses an item that is not in the folder, and calls it as it is called there. There are no links in it.
func within(dir string, i *batch.Item) error {
	for _, one := range []struct{ path, written *string }{{&i.Problem, &i.Course}, {&i.Submission, &i.Name}} {
		rel, err := filepath.Rel(dir, *one.path)
		if err != nil || !filepath.IsLocal(rel) {
			return &batch.ListError{Place: i.Place, What: fmt.Sprintf("%q is not in the archive", clip(*one.path)), Hint: "paths are relative to the manifest"}
		}
		if *one.written == "" {
			*one.written = filepath.ToSlash(rel)
		}
	}
	return nil
}
