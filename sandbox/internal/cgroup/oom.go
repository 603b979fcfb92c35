package cgroup

// The kernel kills for memory where the leaf has reached its limit, and where a cgroup
// above it has, or the host has no more: then it chooses among many, and may take a
// process of a run that is far from its limit. The count of kills does not tell them
// apart, on either version: it is of whoever was killed (mm/oom_kill.c,
// __oom_kill_process).

// nearLimit is by how much a leaf that is killed at its limit can be below it: a charge of
// up to 8 pages that failed (a larger one kills nobody: mm/memcontrol.c, mem_cgroup_oom and
// PAGE_ALLOC_COSTLY_ORDER), with pages of 64 KiB.
const nearLimit = 512 << 10

// spared says whether the leaf stayed below its limit, of memory or of memory and swap,
// which is the same. The counts of charges that failed (failcnt) do not tell: Linux 6.18 keeps none of memory and swap.
func (f *v1Leaf) spared(peak *int64) (bool, error) {
	withSwap := file{dir: f.oomControl.dir, name: "memory.memsw.max_usage_in_bytes"} // not there without a count of swap
	n, err := withSwap.number()
	if err != nil || peak == nil {
		return false, err
	}
	return f.limits.Memory <= 0 || max(*peak, value(n)) < f.limits.Memory-nearLimit, nil
}

// spared says whether the leaf was never out of memory at its limit: the event comes before
// such a kill (mm/memcontrol.c, mem_cgroup_oom).
func (f *v2Leaf) spared() (bool, error) {
	k, err := f.events.keys("oom")
	return err == nil && k[0] != nil && *k[0] == 0, err
}
