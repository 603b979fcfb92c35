package procfs

import (
	"slices"
	"testing"
)

func TestCPUs(t *testing.T) {
	for list, want := range map[string][]int{
		"":          nil,
		"\n":        nil,
		"0":         {0},
		"0-2,4\n":   {0, 1, 2, 4},
		"3,1":       {3, 1},
		"x,2,1-,-3": {2},
		"5-3":       nil,
	} {
		if got := CPUs(list); !slices.Equal(got, want) {
			t.Errorf("CPUs(%q) = %v, want %v", list, got, want)
		}
	}
}
