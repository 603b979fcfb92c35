package cli

// RunSwitches are the flags of judge run that take no value: who starts it with
// flags of somebody else's tells them from values by that. A test of cmd/judge holds
// them against its table.
var RunSwitches = [...]string{"inside", "capture", "pretty", "explain", "quiet", "verbose", "tty"}
