package spread

// Programs names the reference programs: one that computes, within the caches of its
// core, and one that waits for memory, far beyond those caches.
func Programs() []string { return []string{"cpu", "memory"} }

// Work does what a reference program does, always the same; false if there is none of
// that name. What it returns depends on all of it, so that no compiler leaves any out.
func Work(program string) (uint64, bool) {
	switch program {
	case "cpu":
		return compute(30_000_000), true
	case "memory":
		return chase(lines, 500_000), true
	}
	return 0, false
}

// compute makes random numbers: xorshift64, by Marsaglia (Journal of Statistical
// Software 8, 14).
func compute(n int) uint64 {
	x := uint64(88172645463325252)
	for range n {
		x = shift(x)
	}
	return x
}

func shift(x uint64) uint64 {
	x ^= x << 13
	x ^= x >> 7
	return x ^ x<<17
}

// A line is as long as a line of a cache.
type line [16]uint32

// lines are 64 MiB: more than caches hold.
const lines = 1 << 20

// chase goes from one line to the next, in a circle through all of them in no order
// (Sattolo's algorithm), so that each step waits for memory.
func chase(n, steps int) uint64 {
	all := make([]line, n)
	for i := range all {
		all[i][0] = uint32(i)
	}
	x := uint64(88172645463325252)
	for i := n - 1; i > 0; i-- {
		x = shift(x)
		j := int(x % uint64(i))
		all[i][0], all[j][0] = all[j][0], all[i][0]
	}
	at := uint32(0)
	sum := uint64(0)
	for range steps {
		at = all[at][0]
		sum += uint64(at)
	}
	return sum
}
