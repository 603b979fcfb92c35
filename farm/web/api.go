package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"judge/farm"
	"judge/judge/batch"
	"judge/policy"
	"judge/sandbox"
)

// handler is all that is answered.
func (s *Site) handler(loopback bool) (http.Handler, error) {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("judge", s.Version)
	config.Info.Description = "Batches of submissions, graded on many machines. Times are nanoseconds, sizes bytes, unless a name says otherwise."
	config.DocsPath, config.SchemasPath = "", "" // what huma would show comes from another host
	config.CreateHooks = nil                     // no $schema in what is answered
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	api := humago.New(mux, config)
	if err := defineResults(api.OpenAPI()); err != nil {
		return nil, err
	}
	huma.Register(api, s.operation(api, http.MethodGet, "/batches", "list-batches", "Batches, the newest first"), s.listBatches)
	huma.Register(api, s.operation(api, http.MethodGet, "/batches/{id}", "batch", "How far a batch is"), s.getBatch)
	huma.Register(api, s.operation(api, http.MethodDelete, "/batches/{id}", "cancel", "Let nothing of a batch be judged any more"), s.cancel)
	huma.Register(api, s.operation(api, http.MethodGet, "/workers", "workers", "Workers that are there"), s.listWorkers)
	huma.Register(api, s.operation(api, http.MethodGet, "/me", "me", "Who asks"), s.me)
	huma.Register(api, s.healthOperation(api), s.health)
	huma.Register(api, s.submitOperation(api), s.submit)
	huma.Register(api, s.resultsOperation(api), s.results)
	huma.Register(api, s.reportOperation(api), s.report)
	huma.Register(api, s.submissionOperation(api), s.submission)
	huma.Register(api, s.eventsOperation(api), s.events)
	metrics := s.operation(api, http.MethodGet, "/metrics", "metrics", "What Prometheus reads: jobs, batches, workers, and what was judged since the start")
	metrics.Responses["200"] = &huma.Response{Description: "Prometheus' text format", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	api.OpenAPI().AddOperation(&metrics)
	mux.Handle("GET /metrics", s.counts.handler())
	if err := servePage(mux); err != nil {
		return nil, err
	}
	return s.guard(loopback, mux), nil
}

// operation is what all operations have in common.
func (s *Site) operation(api huma.API, method, path, id, summary string) huma.Operation {
	o := huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Responses: map[string]*huma.Response{}}
	o.Security = []map[string][]string{{"token": {}}}
	schema := api.OpenAPI().Components.Schemas.Schema(faultType, true, "Fault")
	o.Responses["default"] = &huma.Response{Description: "It could not be done", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
	return o
}

// A BatchInfo is a batch, and how far it is; judge status --json prints the same.
type BatchInfo struct {
	farm.Batch
	farm.Progress
	Workers int `json:"workers" doc:"That take its jobs"`
}

// A BatchPage is a part of the list of batches.
type BatchPage struct {
	Batches []BatchInfo `json:"batches" nullable:"false"`
	Next    string      `json:"next" doc:"Where the next page begins: ?before=NEXT; empty on the last one"`
}

type listInput struct {
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many, at most"`
	Before string `query:"before" doc:"Only older ones than this batch"`
}

type listOutput struct{ Body BatchPage }

func (s *Site) listBatches(ctx context.Context, in *listInput) (*listOutput, error) {
	list, err := s.progress.batches(ctx)
	if err != nil {
		return nil, failed(err)
	}
	p := asking(ctx)
	var own []farm.Batch
	for _, b := range list {
		if p.sees(b.User) && (in.Before == "" || age(b.ID) < age(in.Before)) {
			own = append(own, b)
		}
	}
	slices.SortFunc(own, func(a, b farm.Batch) int { return strings.Compare(age(b.ID), age(a.ID)) })
	out := &listOutput{BatchPage{Batches: []BatchInfo{}}}
	for i, b := range own {
		if i == in.Limit {
			out.Body.Next = own[i-1].ID
			break
		}
		info, err := s.info(ctx, b)
		if err != nil {
			return nil, failed(err)
		}
		out.Body.Batches = append(out.Body.Batches, info)
	}
	return out, nil
}

// age orders ids of batches, which are USER.TIME-RANDOM: the younger, the larger.
func age(id string) string {
	user, stamp, _ := strings.Cut(id, ".")
	return stamp + "." + user
}

// info is a batch, and how far it is.
func (s *Site) info(ctx context.Context, b farm.Batch) (BatchInfo, error) {
	i := BatchInfo{Batch: b}
	var err error
	if i.Progress, err = s.progress.of(ctx, b); err != nil {
		return i, err
	}
	workers, err := s.progress.workers(ctx)
	i.Workers = b.Takers(workers)
	if i.Facts == nil {
		i.Facts = b.Facts[:0:0]
	}
	return i, err
}

type batchInput struct {
	ID string `path:"id" doc:"The batch"`
}

type batchOutput struct{ Body BatchInfo }

func (s *Site) getBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	b, err := s.batch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	info, err := s.info(ctx, b)
	if err != nil {
		return nil, failed(err)
	}
	return &batchOutput{info}, nil
}

// batch finds a batch of who asks. Somebody else's is not there.
func (s *Site) batch(ctx context.Context, id string) (farm.Batch, error) {
	b, err := s.Farm.Batch(ctx, id)
	var none *farm.Refusal
	switch {
	case errors.As(err, &none), err == nil && !asking(ctx).sees(b.User): // the same words: they say nothing of others
		return farm.Batch{}, newFault(http.StatusNotFound, "there is no batch "+clip(id), "GET /batches lists them")
	case err != nil:
		return b, failed(err)
	}
	return b, nil
}

// A Cancelled says what came of cancelling.
type Cancelled struct {
	Cancelled bool `json:"cancelled" doc:"False: it was over already"`
}

type cancelOutput struct{ Body Cancelled }

func (s *Site) cancel(ctx context.Context, in *batchInput) (*cancelOutput, error) {
	if err := needs(ctx, Submit); err != nil {
		return nil, err
	}
	b, err := s.batch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	done, err := s.Farm.Cancel(ctx, b.ID)
	if err != nil {
		return nil, failed(err)
	}
	s.progress.forget()
	return &cancelOutput{Cancelled{done}}, nil
}

// needs refuses who has a lesser role.
func needs(ctx context.Context, what Role) error {
	if p := asking(ctx); !p.Role.may(what) {
		return newFault(http.StatusForbidden, fmt.Sprintf("%s may %s, and not %s", p.User, p.Role, what), "a token with the role "+string(what)+" may")
	}
	return nil
}

type workersOutput struct {
	Body struct {
		Workers []farm.WorkerInfo `json:"workers" nullable:"false"`
	}
}

func (s *Site) listWorkers(ctx context.Context, _ *struct{}) (*workersOutput, error) {
	list, err := s.progress.workers(ctx)
	if err != nil {
		return nil, failed(err)
	}
	out := &workersOutput{}
	out.Body.Workers = append([]farm.WorkerInfo{}, list...)
	return out, nil
}

// A Me is who asks.
type Me struct {
	User   string `json:"user"`
	Role   Role   `json:"role" enum:"read,submit,admin"`
	Tokens bool   `json:"tokens" doc:"Whether a token was needed"`
}

type meOutput struct{ Body Me }

func (s *Site) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	p := asking(ctx)
	return &meOutput{Me{User: p.User, Role: p.Role, Tokens: s.tokens != nil}}, nil
}

// failed is an error as it is answered: the caller's faults have their hint, others are judge's.
func failed(err error) error {
	var (
		refusal *farm.Refusal
		list    *batch.ListError
		usage   *sandbox.UsageError
		files   policy.FileErrors
		large   *http.MaxBytesError
		answer  *fault
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return answer
	case errors.As(err, &large):
		return newFault(http.StatusRequestEntityTooLarge, fmt.Sprintf("the archive has more than %d bytes", large.Limit), "send it in parts")
	case errors.Is(err, syscall.ENOSPC):
		return newFault(http.StatusInsufficientStorage, err.Error(), "make room at the server")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return newFault(http.StatusRequestTimeout, err.Error(), "send it faster, or in parts")
	case errors.As(err, &refusal):
		return newFault(http.StatusBadRequest, refusal.What, refusal.Hint)
	case errors.As(err, &list):
		return newFault(http.StatusBadRequest, list.Error(), list.Hint)
	case errors.As(err, &usage):
		return newFault(http.StatusBadRequest, err.Error(), usage.Hint)
	case errors.As(err, &files):
		return newFault(http.StatusBadRequest, err.Error(), "")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return newFault(http.StatusServiceUnavailable, err.Error(), "try again")
	}
	return newFault(http.StatusInternalServerError, err.Error(), "")
}
