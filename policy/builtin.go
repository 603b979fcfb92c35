package policy

import (
	"embed"
	"slices"
)

// The built-in policies are kept twice: as the TOML that people read and edit,
// and, made of it by go generate, as Go values that are resolved already. A
// run that names one pays for no decoding. TestGenerated holds them equal.
//
//go:generate go test -run ^TestGenerated$ -count=1 . -update

//go:embed builtin/*.toml
var sources embed.FS

// Names gives the names of the built-in policies, from the strictest on.
func Names() []string { return []string{"strict", "default", "compile", "ci"} }

// Source gives the TOML of a built-in policy, as it was written.
func Source(name string) (string, bool) {
	if !slices.Contains(Names(), name) {
		return "", false
	}
	text, err := sources.ReadFile("builtin/" + name + ".toml")
	return string(text), err == nil
}

// Builtin gives a built-in policy, resolved and checked. The caller may change
// it, but for the lists inside its rules, which are everyone's.
func Builtin(name string) (Policy, bool) {
	switch name {
	case "strict":
		return strictPolicy.clone(), true
	case "default":
		return defaultPolicy.clone(), true
	case "compile":
		return compilePolicy.clone(), true
	case "ci":
		return ciPolicy.clone(), true
	}
	return Policy{}, false
}

// decodeBuiltin makes a built-in policy of its TOML, and of that of the
// built-in ones that it extends.
func decodeBuiltin(name string) (Policy, error) {
	text, ok := Source(name)
	if !ok {
		return Policy{}, &UnknownPolicyError{Name: name, Nearest: Nearest(name, Names())}
	}
	f, err := parse("builtin/"+name+".toml", "", text)
	if err != nil {
		return Policy{}, err
	}
	base := unset()
	if parent, _ := f.extends(); parent != "" {
		if base, err = decodeBuiltin(parent); err != nil {
			return Policy{}, err
		}
	}
	p, issues := f.apply(base)
	return p, f.errors(issues)
}
