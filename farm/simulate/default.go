package simulate

import (
	_ "embed" // what was measured
	"strings"
	"time"
)

// measured are how long gradings took; the script measure made it.
//
//go:embed measured.jsonl
var measured string

// Default is a farm by farm's own settings, with what was measured of gradings and of an
// engine. It lacks workers and loads.
func Default() Config {
	service, err := ReadResults(strings.NewReader(measured))
	if err != nil {
		panic("measured.jsonl: " + err.Error()) // it is part of the program, and a test reads it
	}
	return Config{Jobs: 1, Service: service, Overhead: measuredOverhead, Part: 64, AckWait: 30 * time.Second, Deliveries: 3, Back: time.Minute,
		Costs: measuredCosts, Latency: 250 * time.Microsecond, Expiry: 30 * time.Second, Report: 10 * time.Second, Seed: 1}
}
