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
	item, kind, name, ok := readKey(verdictKey("me.20260101-000000-aaaaaaaaaaaa", 12, keyCase, "secret/1.2"))
	if !ok || item != 12 || kind != keyCase || name != keyName("secret/1.2") {
		t.Errorf("read as %d %s %s %v", item, kind, name, ok)
	}
	if _, _, _, ok := readKey(limitKey("me", "1234", "sha256:1")); ok {
		t.Error("a limit is taken for an item's key")
	}
}

func TestNewID(t *testing.T) {
	a, b := newID("me", time.Now()), newID("me", time.Now())
	if !validID.MatchString(a) || a == b {
		t.Errorf("%s, %s", a, b)
	}
	for _, name := range []string{"", "first.last", `AD\me`, "größe", "_apt", strings.Repeat("x", 64), strings.Repeat("x", 65), "a b", "*", ">"} {
		if id := newID(name, time.Now()); !validID.MatchString(id) || userOf(id) != userToken(name) {
			t.Errorf("%q has the batch %s", name, id)
		}
	}
	b2 := Batch{ID: a, Priority: High, Class: "c"}
	if got := batchOf(jobSubject(b2, true)); got != a {
		t.Errorf("the job of %s is of %s", a, got)
	}
}

// No two users have the same token.
func TestUserToken(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"", "a", "_a", "_", "__", "a.b", "a-b", "a_b", strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 66), userToken("a.b")} {
		token := userToken(name)
		if other, taken := seen[token]; taken {
			t.Errorf("%q and %q are both %s", name, other, token)
		}
		seen[token] = name
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
