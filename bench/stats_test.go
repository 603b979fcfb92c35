package main

import "testing"

func TestPercentile(t *testing.T) {
	tests := []struct {
		name   string
		values []int
		p      int
		want   int
	}{
		{"median of an odd number", []int{3, 1, 2}, 50, 2},
		{"median of an even number: the upper", []int{4, 1, 3, 2}, 50, 3},
		{"smallest", []int{3, 1, 2}, 0, 1},
		{"largest", []int{3, 1, 2}, 100, 3},
		{"of a single value", []int{7}, 95, 7},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := percentile(test.values, test.p); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
