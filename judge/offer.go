package judge

import (
	"context"
	"fmt"
	"sync"

	"judge/judge/language"
	"judge/policy"
	"judge/sandbox"
)

// ForCompiler is a policy with what a language's compiler needs, in the rootfs that
// the policy names.
func ForCompiler(l *language.Language, p policy.Policy) policy.Policy {
	if p.Filesystem.Rootfs == "" || p.Filesystem.Rootfs == "host" {
		return l.ForCompiler(p, isDirectory)
	}
	return l.ForCompiler(p, nil)
}

// Prober runs the commands of [language.Language.Probe] in sandboxes, under the
// policy of compilers.
func Prober(ctx context.Context, p policy.Policy) language.Runner { return prober(ctx, p, nil) }

func prober(ctx context.Context, p policy.Policy, roots map[string]string) language.Runner {
	return func(l *language.Language, argv []string) (language.Tried, error) {
		r, err := sandbox.Run(ctx, sandbox.Command{Args: argv, Inside: true, Capture: true, Roots: roots}, ForCompiler(l, p))
		if err != nil {
			return language.Tried{}, err
		}
		if r.Status == sandbox.StatusCancelled {
			return language.Tried{}, context.Cause(ctx)
		}
		return language.TriedOf(r), nil
	}
}

// lacking says what of a language's compiler is not in the rootfs, "" if all is
// there. A compiler that fails may be a script that did not find another
// program: that must not become the submission's compile error.
func (e *Engine) lacking(ctx context.Context, l *language.Language) (string, error) {
	once := sync.OnceValues(func() (language.Offer, error) { return l.Probe(prober(ctx, e.base[language.CompilePolicy], e.roots)) })
	found, _ := e.offers.LoadOrStore(l, once)
	offer, err := found.(func() (language.Offer, error))()
	if err != nil {
		e.offers.Delete(l) // the next one asks again: this one may have been cancelled
		return "", fmt.Errorf("look for the compiler of %s: %w", l.Name, err)
	}
	return offer.Missing, nil
}
