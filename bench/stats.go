package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// percentile returns the value below which p percent of values lie; values must
// not be empty.
func percentile[T cmp.Ordered](values []T, p int) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func median[T cmp.Ordered](values []T) T { return percentile(values, 50) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

func kibibytes(bytes int64) string { return fmt.Sprintf("%d KiB", bytes>>10) }
