package filter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// TestWhyIsTheFilter: where all arguments are known, the answer is one, and it
// is what the filter does.
func TestWhyIsTheFilter(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	known, _ := seccomp.Members("@known")
	for _, name := range policy.Names() {
		p := builtin(t, name).Seccomp
		whole, err := seccomp.Resolve(p)
		if err != nil {
			t.Fatal(err)
		}
		for range 3000 {
			c := randomCall(random, known, whole)
			text := fmt.Sprintf("%s(%d, %d, %d, %d, %d, %d)", c.Name, c.Args[0], c.Args[1], c.Args[2], c.Args[3], c.Args[4], c.Args[5])
			out, err := Why(p, text)
			if err != nil || len(out) != 1 {
				t.Fatalf("%s of %s: %v, %v", text, name, out, err)
			}
			if want := whole.Action(c.Name, c.Args).String(); out[0].Action != want {
				t.Errorf("%s of %s: %+v, the filter has %s", text, name, out[0], want)
			}
		}
	}
}

func TestWhyBad(t *testing.T) {
	for _, call := range []string{"", "sokcet", "@mount", "read(", "read(1, 2, 3, 4, 5, 6, 7)", "socket(AF_INTE)", "socket(,)", "read(0) "[:7] + "x"} {
		if out, err := Why(builtin(t, "strict").Seccomp, call); err == nil {
			t.Errorf("%q: %v, want an error", call, out)
		}
	}
}

// TestTexts: conditions of the built-in policies are read back as they were.
func TestTexts(t *testing.T) {
	for _, name := range policy.Names() {
		whole, err := seccomp.Resolve(builtin(t, name).Seccomp)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range whole.Calls {
			for _, rule := range c.Rules {
				for i, text := range seccomp.Texts(c.Name, rule.When) {
					if got, err := seccomp.ParseCondition(text); err != nil || got != rule.When[i] {
						t.Errorf("%s: %q is read as %v (%v), was %v", c.Name, text, got, err, rule.When[i])
					}
				}
			}
		}
	}
}

// TestCompare: equal in effect is equal, however it is written.
func TestCompare(t *testing.T) {
	rule := func(call, when, action string) policy.Rule {
		return policy.Rule{Calls: []string{call}, When: []string{when}, Action: action}
	}
	base := policy.Seccomp{Default: "kill", Allow: []string{"execve", "read", "ioctl"}}
	with := func(rules ...policy.Rule) policy.Seccomp {
		p := base
		p.Rules = rules
		return p
	}
	for _, test := range []struct {
		rule string
		a, b policy.Seccomp
		want []Change
	}{
		{"the same", base, base, nil},
		{"a rule that changes nothing", base, with(rule("read", "arg0 > 7", "allow")), nil},
		{"rules in another order", with(rule("ioctl", "arg1 == 1", "kill"), rule("ioctl", "arg1 == 2", "log")),
			with(rule("ioctl", "arg1 == 2", "log"), rule("ioctl", "arg1 == 1", "kill")), nil},
		{"a value apart", base, with(rule("ioctl", "arg1:32 == TCGETS", "kill")), []Change{{"ioctl(_, TCGETS, …)", "allow", "kill"}}},
		{"all but a value", base, with(rule("ioctl", "arg1:32 != TCGETS", "kill")), []Change{{"ioctl(_, other, …)", "allow", "kill"}}},
		{"one below the edge", with(rule("read", "arg2 < 8", "kill")), with(rule("read", "arg2 <= 8", "kill")), []Change{{"read(_, _, 8)", "allow", "kill"}}},
		{"a bit of many", base, with(rule("ioctl", "arg1 & 0x6 != 0", "kill")), []Change{{"ioctl(_, {0x2, 0x4}, …)", "allow", "kill"}}},
		{"a call as a whole", base, with(policy.Rule{Calls: []string{"read"}, Action: "errno:EIO"}), []Change{{"read", "allow", "errno:EIO"}}},
		{"what nobody knows", policy.Seccomp{Default: "allow"}, policy.Seccomp{Default: "log"}, nil},
	} {
		got, err := Compare(test.a, test.b)
		if err != nil {
			t.Fatal(err)
		}
		if test.rule == "what nobody knows" {
			if last := got[len(got)-1]; last != (Change{"any other call", "allow", "log"}) {
				t.Errorf("the last is %v", last)
			}
			continue
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.rule, got, test.want)
		}
	}
}

// TestMistakes: every key that is named exists in the policy that was checked.
func TestMistakes(t *testing.T) {
	own := policy.Seccomp{Default: "kill", Allow: []string{"read", "raed"}, Deny: []string{"@mont"},
		Rules: []policy.Rule{{Calls: []string{"socket"}, When: []string{"arg0 == AF_UNX"}, Action: "kill"}}}
	var keys []string
	for _, m := range mistakes(own, own) {
		keys = append(keys, m.Key)
		if m.Hint == "" || m.Err == nil {
			t.Errorf("%+v has no hint, or no cause", m)
		}
	}
	if want := []string{"seccomp.allow[1]", "seccomp.deny[0]", "seccomp.rules[0].when[0]"}; !slices.Equal(keys, want) {
		t.Errorf("mistakes at %q, want %q", keys, want)
	}
}
