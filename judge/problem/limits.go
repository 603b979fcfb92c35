package problem

import "time"

// Limits bound submissions, compilers and checkers. Sizes are bytes. All but
// Time are set: a format's, or the specification's typical system default.
type Limits struct {
	// Time is the processor time of a submission on one case, for one pass. Zero: it
	// is to be computed from the submissions, see [Limits.TimeLimit]; TimeFrom then
	// is "".
	Time     time.Duration
	TimeFrom string // what gave it: "problem.yaml", ".timelimit", …

	// Timing is how a time limit follows from running times, and how far a
	// given one must be from them.
	Timing Timing

	Memory int64 // of a submission
	Output int64 // of a submission: standard output and error, and in 2025-09 its files
	Code   int64 // of a submission's source files together

	CompileTime   time.Duration
	CompileMemory int64

	ValidationTime   time.Duration // of a checker, an interactor or a grader
	ValidationMemory int64
	ValidationOutput int64
	ValidationPasses int // passes of a multi-pass problem at most, 1 otherwise

	// Languages holds the limits that differ for one language, by its code.
	// A field that is zero does not differ.
	Languages map[string]LanguageLimits
}

// LanguageLimits replace those of Limits for one language.
type LanguageLimits struct {
	Time   time.Duration
	Memory int64
}

// A Timing says how running times and a time limit bound each other.
type Timing struct {
	// Lower: the limit is at least the slowest lower-bound submission's time × Lower.
	// (legacy time_multiplier, 2025-09 ac_to_time_limit)
	Lower float64
	// Upper: the limit × Upper is at most the fastest upper-bound submission's
	// time. (legacy time_safety_margin, 2025-09 time_limit_to_tle)
	Upper float64
	// Resolution: a computed limit is a multiple of it.
	Resolution time.Duration
	// Strict: it is an error if no limit fits both bounds (2025-09); otherwise a
	// limit is made of the lower bound alone (legacy) and the rest is a warning.
	Strict bool
}
