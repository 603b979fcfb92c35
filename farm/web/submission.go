package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type submissionInput struct {
	ID   string `path:"id" doc:"The batch"`
	Item int    `path:"n" minimum:"0" doc:"The number of the submission in the batch, from 0"`
}

func (s *Site) submissionOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodGet, "/batches/{id}/submissions/{n}", "submission", "What there is of a submission: its result, or the cases that were judged so far")
	standing := &huma.Schema{Type: huma.TypeObject, Required: []string{"item", "worker", "result", "cases", "faults"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"item":   {Type: huma.TypeInteger},
		"worker": {Type: huma.TypeString, Description: "That wrote the result; empty if there is none"},
		"result": {OneOf: []*huma.Schema{{Ref: "#/components/schemas/" + resultNames + "result"}, {Type: "null"}}, Description: "Null if there is none yet"},
		"cases":  {Type: huma.TypeArray, Items: &huma.Schema{Ref: "#/components/schemas/" + resultNames + "case"}, Description: "Without a result: those judged so far, as they came"},
		"faults": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: "Why deliveries to workers came to nothing"},
	}}
	api.OpenAPI().Components.Schemas.Map()["Standing"] = standing
	o.Responses["200"] = &huma.Response{Description: "The submission", Content: content("application/json", "Standing")}
	return o
}

func (s *Site) submission(ctx context.Context, in *submissionInput) (*huma.StreamResponse, error) {
	b, err := s.batch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if b.Items > 0 && in.Item >= b.Items {
		return nil, newFault(http.StatusNotFound, fmt.Sprintf("the batch %s has no submission %d", b.ID, in.Item), fmt.Sprintf("they are 0 to %d", b.Items-1))
	}
	leave, err := s.making(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	standing, err := s.Farm.Standing(ctx, b.ID, in.Item)
	if err != nil {
		return nil, failed(err)
	}
	f, err := nameless(s.Dir)
	if err != nil {
		return nil, failed(err)
	}
	if err := json.NewEncoder(s.roomy(f)).Encode(standing); err != nil {
		return nil, failed(errors.Join(fmt.Errorf("put the submission together: %w", err), f.Close()))
	}
	return s.answerFile(ctx, f, "application/json", "")
}
