package sandbox

import "judge/policy"

// Ready says what [Run] would say of this host before it starts anything: what
// the host is, and the parts of the policy that it cannot hold. The error is the
// one that Run would give; what was found until then is returned with it.
func Ready(p policy.Policy) (HostInfo, []Unenforced, error) {
	may, err := findRights(false)
	if err != nil {
		return HostInfo{}, nil, err
	}
	r := &run{policy: p, may: may}
	if r.host, err = probe(may, cgroupWish{}); err != nil {
		return HostInfo{}, nil, err
	}
	if r.policy, err = fit(p, r.host); err != nil {
		return r.host.info(), nil, err
	}
	r.limits = leafLimits(r.policy)
	err = r.findUnheld()
	return r.host.info(), r.unheld, err
}
