package grading

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"judge/judge/spread"
	"judge/sandbox/doctor"
)

// calibration is how long a worker waits for a core to measure on.
const calibration = 20 * time.Second

// Speed is the processor time of bench-host's reference program that computes, the median of five runs.
func Speed() (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find judge-grade, which holds the reference programs: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), calibration)
	defer cancel()
	return spread.Speed(ctx, filepath.Join(filepath.Dir(self), "judge-grade"), []string{benchProgram}, 5)
}

// A Health is what the doctor says of the host.
type Health struct {
	Safe, Fair string   // answers
	Unfair     []string // what keeps it from measuring fairly; nil if nothing does
}

// Examine asks the doctor.
func Examine() Health {
	d := doctor.Examine(context.Background())
	h := Health{Safe: string(d.Safe.Answer), Fair: string(d.Fair.Answer)}
	for _, f := range d.Findings {
		if f.Concern == doctor.Fair && f.Mark == doctor.Fail {
			h.Unfair = append(h.Unfair, f.Name+": "+f.Found)
		}
	}
	return h
}
