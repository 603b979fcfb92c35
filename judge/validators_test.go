package judge

import (
	"context"
	"errors"
	"os"
	"testing"

	"judge/judge/problem"
)

// What there was no room to look at does not pass for looked at.
func TestCheckAllSaysWhatItDidNot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	e, err := New(Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d := &Docket{engine: e, problem: &problem.Problem{}}
	done := 0
	if err := d.checkAll(context.Background(), 1, func(int) { done++ }); err != nil || done != 1 {
		t.Errorf("%d of 1, %v", done, err)
	}
	e.Halt()
	if err := d.checkAll(context.Background(), 1, func(int) { done++ }); !errors.Is(err, ErrHalted) || done != 1 {
		t.Errorf("halted: %d of 1, %v", done, err)
	}
}
