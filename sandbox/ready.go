package sandbox

import "judge/policy"

// Ready says what [Run] would say of this host before it starts anything: what
// the host is, and the parts of the policy that it cannot hold. The error is the
// one that Run would give; what was found until then is returned with it.
func Ready(p policy.Policy) (HostInfo, []Unenforced, error) {
	refused := mayRun()
	r := &run{policy: p}
	var err error
	if r.host, err = probe(); err != nil {
		if refused != nil { // as in Run, which asks this first
			err = refused
		}
		return HostInfo{}, nil, err
	}
	if refused != nil {
		return r.host.info(), nil, refused
	}
	if r.policy, err = fit(p, r.host); err != nil {
		return r.host.info(), nil, err
	}
	r.limits = leafLimits(r.policy)
	r.findUnheld()
	return r.host.info(), r.unheld, nil
}
