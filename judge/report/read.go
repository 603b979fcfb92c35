package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"judge/judge"
	"judge/judge/problem"
)

// A Brief is what comparing needs of a result.
type Brief struct {
	Problem    string            `json:"problem"`
	Submission string            `json:"submission"`
	Verdict    problem.Verdict   `json:"verdict"`
	Score      *float64          `json:"score"`
	CPUTime    int64             `json:"cpu_time_ns"`
	Cases      []BriefCase       `json:"cases"`
	Provenance *judge.Provenance `json:"provenance"`
}

// A BriefCase is what comparing needs of a case.
type BriefCase struct {
	Name    string          `json:"name"`
	Verdict problem.Verdict `json:"verdict"`
	Cached  bool            `json:"cached"`
	Report  *struct {
		CPUTime int64 `json:"cpu_time_ns"`
	} `json:"report"`
}

// Read reads what judge grade writes with --format jsonl, or json. What comparing does
// not need is not kept. A line that was cut off, as by a full disk, is an error.
func Read(r io.Reader) ([]Brief, error) {
	list := []Brief{}
	for decoder, n := json.NewDecoder(r), 1; ; n++ {
		var one struct {
			Version     int      `json:"version"`
			Submissions *[]Brief `json:"submissions"` // of a document
			Brief
		}
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("result %d: %w", n, err)
		case one.Version != judge.Version:
			return nil, fmt.Errorf("result %d has version %d, this judge reads %d: is it what judge grade --format jsonl writes?", n, one.Version, judge.Version)
		case one.Submissions != nil:
			list = append(list, *one.Submissions...)
		case one.Submission == "" || one.Verdict == "":
			return nil, fmt.Errorf("result %d has no submission or no verdict: is it what judge grade --format jsonl writes?", n)
		default:
			list = append(list, one.Brief)
		}
	}
}
