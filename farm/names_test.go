package farm

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"judge/judge"
)

// Whatever a case is called, its key is one, and of no other case.
func TestKeyName(t *testing.T) {
	valid := regexp.MustCompile(`^[-/_=a-zA-Z0-9]+$`)
	seen := map[string]string{}
	for _, name := range []string{"secret/1", "secret.1", "secret/1 \"x\"", "größe", "=secret", "==x", "a/", "/a", "*", ">", "a.b.c", "\x00",
		strings.Repeat("x", 128), strings.Repeat("x", 129), strings.Repeat("x", 1000), strings.Repeat("x", 1001)} {
		got := keyName(name)
		if !valid.MatchString(got) || len(got) > 201 {
			t.Errorf("%q becomes %q", name, got)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("%q and %q are the same key", name, other)
		}
		seen[got] = name
	}
	item, kind, name, ok := readKey(verdictKey("20260101-000000-aaaaaaaa", 12, keyCase, "secret/1.2"))
	if !ok || item != 12 || kind != keyCase || name != keyName("secret/1.2") {
		t.Errorf("read as %d %s %s %v", item, kind, name, ok)
	}
	if _, _, _, ok := readKey(limitKey("20260101-000000-aaaaaaaa", "sha256:1")); ok {
		t.Error("a limit is taken for an item's key")
	}
}

func TestNewID(t *testing.T) {
	a, b := newID(time.Now()), newID(time.Now())
	if !validID.MatchString(a) || a == b {
		t.Errorf("%s, %s", a, b)
	}
}

// Machines of another processor are of one class; those with another policy are not.
func TestClass(t *testing.T) {
	facts := func(cpu, policy string) []judge.Fact {
		return []judge.Fact{{What: "judge's version", Value: "1"}, {What: judge.FactProcessor, Value: cpu}, {What: "policy strict", Value: policy}}
	}
	if classOf(facts("x", "1"), nil) != classOf(facts("y", "1"), nil) {
		t.Error("the processor makes a class")
	}
	if classOf(facts("x", "1"), nil) == classOf(facts("x", "1"), []string{"a"}) {
		t.Error("a label makes none")
	}
	if classOf(facts("x", "1"), nil) == classOf(facts("x", "2"), nil) {
		t.Error("the policy makes none")
	}
}

func TestLabels(t *testing.T) {
	for text, want := range map[string]string{"": "[]", "b,a,b": "[a b]", "cpu=x86-64-v3": "[cpu=x86-64-v3]"} {
		if got, err := Labels(text); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{",", "a,", "a b", "-a", "a\n", "*"} {
		if got, err := Labels(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}
