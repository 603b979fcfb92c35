package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// resultVersion is that of judge's results (judge.Version) which this reads.
const resultVersion = 1

// A graded is what a simulation needs of a judge.Result. It has its own type because
// results of a whole contest are read, and what programs wrote is most of them.
type graded struct {
	Version     int       `json:"version"`
	Submissions *[]graded `json:"submissions"` // of a document
	Verdict     string    `json:"verdict"`
	Compile     *struct {
		Cached bool `json:"cached"`
		Report *run `json:"report"`
	} `json:"compile"`
	Cases []struct {
		Cached   bool `json:"cached"` // out of the result cache: of another time
		Report   *run `json:"report"`
		Measured []struct {
			WallTime time.Duration `json:"wall_time_ns"`
		} `json:"measured"`
	} `json:"cases"`
}

// A run is one in a sandbox.
type run struct {
	SetupTime time.Duration `json:"setup_ns"`
	WallTime  time.Duration `json:"wall_time_ns"`
	Teardown  time.Duration `json:"teardown_ns"`
}

// ReadResults reads what judge grade or judge verify writes with --format jsonl, or
// json: how long compiling and each case took. A submission that was compiled before, and
// taken from the cache, counts as one that takes no compiling, so grade with
// --fresh and a cache that is empty. Times of validators are in no report: Config.Overhead is for them.
func ReadResults(r io.Reader) (Measured, error) {
	var list Measured
	for decoder, n := json.NewDecoder(r), 1; ; n++ {
		var one graded
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF):
			if len(list) == 0 {
				return nil, &UsageError{What: "there is no result in it", Hint: "judge grade --format jsonl writes them"}
			}
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("result %d: %w", n, err)
		case one.Version != resultVersion:
			return nil, &UsageError{What: fmt.Sprintf("result %d has version %d, this judge reads %d", n, one.Version, resultVersion), Hint: "judge grade --format jsonl writes them"}
		case one.Submissions != nil:
			for _, g := range *one.Submissions {
				list = append(list, g.profile())
			}
		case one.Verdict == "":
			return nil, &UsageError{What: fmt.Sprintf("result %d has no verdict", n), Hint: "judge grade --format jsonl writes them"}
		default:
			list = append(list, one.profile())
		}
	}
}

func (g *graded) profile() Profile {
	p := Profile{Cases: []time.Duration{}}
	if g.Compile != nil && g.Compile.Report != nil && !g.Compile.Cached {
		p.Compile = g.Compile.Report.took()
	}
	for _, c := range g.Cases {
		took := time.Duration(0)
		if c.Report != nil {
			took = c.Report.took()
		}
		if n := len(c.Measured); n > 1 { // each with a set-up of its own
			took = time.Duration(n) * max(0, took-c.Report.wall())
			for _, m := range c.Measured {
				took += sane(m.WallTime)
			}
		}
		p.Cases = append(p.Cases, took)
	}
	return p
}

// took is how long a run occupied a worker.
func (r *run) took() time.Duration {
	return sane(r.SetupTime) + sane(r.WallTime) + sane(r.Teardown)
}

// sane holds a time of a file, which may be anybody's, to what can be added up.
func sane(d time.Duration) time.Duration { return min(max(0, d), 24*time.Hour) }

func (r *run) wall() time.Duration {
	if r == nil {
		return 0
	}
	return sane(r.WallTime)
}
