package sandbox

import (
	"errors"

	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/userns"
)

// explainRefusal says of an error of a sandbox in a user namespace what this
// host lacks for it. An error of another kind, or one that nothing is known of,
// comes back as it is.
func (r rights) explainRefusal(err error) error {
	if err == nil || r.userns.Maps == plan.HostIDs {
		return err
	}
	refusal := userns.Refusal{Call: "clone3"}
	var step *StepError
	if errors.As(err, &step) {
		refusal = userns.Refusal{Call: step.name, FSType: step.fstype, Errno: step.Errno}
	} else if !errors.As(err, &refusal.Errno) {
		return err
	}
	cause := userns.Why(userns.Probe(), refusal)
	if cause == (userns.Cause{}) && step != nil {
		return err
	}
	what := "make a sandbox " + r.as
	if cause.Missing != "" {
		what += ": " + cause.Missing
	}
	if cause.Mend == "" {
		cause.Mend = "see judge doctor, or run judge as root"
	}
	return &UsageError{What: what, Err: err, Hint: cause.Mend}
}
