package language

import (
	"errors"
	"testing"
)

func TestProbe(t *testing.T) {
	java, _ := Builtin().Find("java")
	for _, test := range []struct {
		name string
		said map[string]Tried
		want Offer
	}{
		{"works", map[string]Tried{"javac": {Output: "javac 17.0.15\n", Found: true}, "java": {Output: "openjdk 17", Found: true}, "jar": {Found: true}},
			Offer{Language: java, Available: true, Version: "17.0.15"}},
		{"not there", nil, Offer{Language: java, Missing: "javac cannot be started; Debian's package default-jdk-headless has it"}},
		{"partly", map[string]Tried{"javac": {Output: "javac 17", Found: true}}, Offer{Language: java, Missing: "java cannot be started; Debian's package default-jdk-headless has it"}},
		{"broken", map[string]Tried{"javac": {Output: "\nno libjli.so\nx", Found: true, Failure: "exited with status 1"}},
			Offer{Language: java, Missing: `javac --version does not work: exited with status 1 ("no libjli.so")`}},
	} {
		got, err := java.Probe(func(_ *Language, argv []string) (Tried, error) { return test.said[argv[0]], nil })
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.name, got, err, test.want)
		}
	}
	broken := errors.New("no cgroup")
	if _, err := java.Probe(func(*Language, []string) (Tried, error) { return Tried{}, broken }); !errors.Is(err, broken) {
		t.Errorf("judge's own error is %v", err)
	}
	for output, want := range map[string]string{
		"g++ (Debian 12.2.0-14+deb12u1) 12.2.0": "12.2.0-14+deb12u1", "go version go1.26.8 linux/amd64": "1.26.8", "v20.20.2\n": "20.20.2",
		"Lua 5.4.4  Copyright": "5.4.4", "nothing 7 here": "",
	} {
		if got := version.FindString(output); got != want {
			t.Errorf("the version in %q is %q, want %q", output, got, want)
		}
	}
}
