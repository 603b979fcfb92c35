package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"judge/farm"
	"judge/judge/problem"
)

const (
	beat = 2 * time.Second // after which is looked whether the batch's own state changed
	idle = 10              // beats after which a word is sent, so that a connection that is gone is noticed
)

// A ResultEvent is a submission that has its result.
type ResultEvent struct {
	Item       int             `json:"item"`
	Worker     string          `json:"worker"`
	Problem    string          `json:"problem"`
	Submission string          `json:"submission"`
	Language   string          `json:"language"`
	Verdict    problem.Verdict `json:"verdict"`
	Score      *float64        `json:"score"`
	Reason     string          `json:"reason"`
	CPUTime    int64           `json:"cpu_time_ns"`
	WallTime   int64           `json:"wall_time_ns"`
	MemoryPeak int64           `json:"memory_peak_bytes"`
	Agrees     *bool           `json:"agrees"`
	Cases      int             `json:"cases" doc:"How many were judged"`
}

// A CaseEvent is a case that was judged.
type CaseEvent struct {
	Item    int             `json:"item"`
	Worker  string          `json:"worker" doc:"Empty: the submitter knew it"`
	Name    string          `json:"name"`
	Verdict problem.Verdict `json:"verdict"`
}

// A FaultEvent is a delivery that came to nothing, or a case on which two workers differed.
type FaultEvent struct {
	Item   int    `json:"item"`
	Worker string `json:"worker"`
	Error  string `json:"error"`
}

// eventTypes are what data there is by the name of an event.
var eventTypes = map[string]any{"batch": BatchInfo{}, "result": ResultEvent{}, "case": CaseEvent{}, "fault": FaultEvent{}, "differs": FaultEvent{}}

type eventsInput struct {
	ID    string `path:"id" doc:"The batch"`
	Cases bool   `query:"cases" doc:"Tell of each case, too"`
	After string `query:"after" pattern:"^[0-9]{0,19}$" doc:"The id of the last event that was seen"`
	Last  string `header:"Last-Event-ID" pattern:"^[0-9]{0,19}$" doc:"The same, as browsers send it"`
}

func (s *Site) eventsOperation(api huma.API) huma.Operation {
	o := s.operation(api, http.MethodGet, "/batches/{id}/events", "events", "What there is of a batch, and then what comes, as server-sent events")
	o.Description = "An event's data is JSON. result, case, fault and differs have an id, by which one goes on: each comes once, in the order in which it was written " +
		"down. batch tells how far the batch is, at first and whenever that changed."
	var data []*huma.Schema
	for _, name := range []string{"batch", "case", "fault", "result"} {
		data = append(data, api.OpenAPI().Components.Schemas.Schema(typeOf(eventTypes[name]), true, name))
	}
	o.Responses["200"] = &huma.Response{Description: "Events", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
		Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"id": {Type: huma.TypeInteger}, "event": {Type: huma.TypeString}, "data": {OneOf: data}}}}}}}
	return o
}

func (s *Site) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	b, err := s.batch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	after := in.After
	if in.Last != "" {
		after = in.Last
	}
	seq := uint64(0)
	if after != "" {
		if seq, err = strconv.ParseUint(after, 10, 63); err != nil {
			return nil, newFault(http.StatusBadRequest, fmt.Sprintf("%q is no event's id", after), "leave it out to begin at the first")
		}
	}
	leave, ok := s.readers.enter(asking(ctx).User)
	if !ok {
		return nil, busy(fmt.Sprintf("%d read events, %d of one user, and no more can", readers, ownReaders))
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		r, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // a proxy hands them on as they come
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		out := &stream{w: w, control: http.NewResponseController(w)}
		var beats sync.WaitGroup
		defer beats.Wait()
		beats.Go(func() { cancel(s.beats(ctx, b, out)) })
		kinds := []string{farm.EventResult, farm.EventFault, farm.EventDiffers}
		if in.Cases {
			kinds = nil
		}
		cancel(s.Farm.Follow(ctx, farm.Trail{Batch: b.ID, Kinds: kinds, After: seq}, out.event))
	}}, nil
}

// beats tells of the batch itself, until the reader is gone.
func (s *Site) beats(ctx context.Context, b farm.Batch, out *stream) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var told []byte
	for n := 0; ; n++ {
		if now, err := s.Farm.Batch(ctx, b.ID); err == nil { // else the next beat looks again
			b = now
		}
		if info, err := s.info(ctx, b); err == nil {
			text, err := json.Marshal(info)
			if err != nil {
				return err
			}
			if !bytes.Equal(text, told) {
				if err := out.send("batch", 0, text); err != nil {
					return err
				}
				told, n = text, 0
			}
		}
		if n%idle == idle-1 {
			if err := out.word(); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// A stream is where the events of one reader go. Who writes to it waits for that reader, and for nobody else.
type stream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
}

// event tells of what came into VERDICTS.
func (o *stream) event(e farm.Event) error {
	var data any
	switch e.Kind {
	case farm.EventResult:
		r := e.Result
		data = ResultEvent{Item: e.Item, Worker: e.Worker, Problem: r.Problem, Submission: r.Submission, Language: r.Language, Verdict: r.Verdict, Score: r.Score, Reason: r.Reason,
			CPUTime: int64(r.CPUTime), WallTime: int64(r.WallTime), MemoryPeak: r.MemoryPeak, Agrees: r.Agrees, Cases: e.Cases}
	case farm.EventCase:
		data = CaseEvent{Item: e.Item, Worker: e.Worker, Name: e.Case.Name, Verdict: e.Case.Verdict}
	case farm.EventFault, farm.EventDiffers:
		data = FaultEvent{Item: e.Item, Worker: e.Worker, Error: e.Error}
	default:
		return nil // a kind that is no matter of those who look
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return o.send(e.Kind, e.Seq, text)
}

// send writes one event. JSON has no line breaks, so its data is a line.
func (o *stream) send(name string, id uint64, data []byte) error {
	var text bytes.Buffer
	if id > 0 {
		fmt.Fprintf(&text, "id: %d\n", id)
	}
	fmt.Fprintf(&text, "event: %s\ndata: %s\n\n", name, data)
	return o.write(text.Bytes())
}

// word says that the stream is there still.
func (o *stream) word() error { return o.write([]byte(":\n\n")) }

func (o *stream) write(text []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := o.w.Write(text); err != nil {
		return err
	}
	return o.control.Flush()
}
