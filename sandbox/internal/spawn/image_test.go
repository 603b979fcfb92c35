package spawn

import (
	"testing"
	"unsafe"

	"judge/sandbox/internal/plan"
)

// TestHeaderFits holds the layout of an image.
func TestHeaderFits(t *testing.T) {
	if n := unsafe.Sizeof(header{}); n > initStack {
		t.Errorf("the header takes %d bytes, %d are free before the first stack", n, initStack)
	}
	if len(plan.InitName) >= len(header{}.name) {
		t.Errorf("%q and its NUL do not fit into %d bytes", plan.InitName, len(header{}.name))
	}
}
