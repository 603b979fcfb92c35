// Package timeless compares reports of gradings: what is left of one is the same whenever, and
// wherever, the grading is done.
package timeless

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
)

// Report is a file of judge grade --format json without what is measured, or depends on what was
// compiled before.
func Report(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return "", err
	}
	text, err = json.MarshalIndent(without(doc), "", " ")
	return string(text), err
}

func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if strings.HasSuffix(key, "_ns") || strings.HasPrefix(key, "memory_") ||
				slices.Contains([]string{"cached", "pids_peak", "noise", "confidence", "confidence_reasons", "measured", "measurements", "cannot_measure_fairly"}, key) {
				delete(v, key)
			} else {
				v[key] = without(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	}
	return v
}
