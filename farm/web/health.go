package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

func typeOf(v any) reflect.Type { return reflect.TypeOf(v) }

// A Health says whether batches can be sent and judged.
type Health struct {
	Status  string `json:"status" enum:"ok,failing"`
	Reason  string `json:"reason" doc:"What is missing"`
	Version string `json:"version" doc:"Judge's; empty for who has no token"`
}

type healthOutput struct {
	Status int
	Body   Health
}

func (s *Site) healthOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodGet, "/health", "health", "Whether server and store answer; 503 if not")
	o.Security = nil
	return o
}

// health asks the server for what the farm lies in. Whoever has no token learns whether all is well, and nothing else.
func (s *Site) health(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out := &healthOutput{http.StatusOK, Health{Status: "ok", Version: s.Version}}
	if err := s.Farm.Ready(ctx); err != nil {
		out.Status, out.Body.Status, out.Body.Reason = http.StatusServiceUnavailable, "failing", err.Error()
	}
	if asking(ctx).User == "" {
		out.Body.Reason, out.Body.Version = "", ""
	}
	return out, nil
}
