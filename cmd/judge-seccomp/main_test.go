package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"judge/sandbox/seccomptree"
)

func request() seccomptree.Request {
	return seccomptree.Request{Format: seccomptree.Format, Arch: "x86_64", Default: 0, Foreign: 1, Calls: []seccomptree.Call{
		{Name: "read", Number: 0, Leaf: 2}, {Name: "write", Number: 1, Leaf: 2}, {Name: "socket", Number: 41, Leaf: 3},
		{Name: "mseal", Number: 462, Leaf: 2}, {Name: "getpid", Number: 39, Leaf: 0},
	}}
}

// ask runs the command on a request and reads the answer.
func ask(t *testing.T, r any) (a seccomptree.Answer, status int, diag string) {
	t.Helper()
	in, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status = command(nil, bytes.NewReader(in), &out, &errs)
	if status == 0 {
		if err := json.Unmarshal(out.Bytes(), &a); err != nil {
			t.Fatalf("%v: %s", err, out.String())
		}
	} else if out.Len() > 0 {
		t.Errorf("a failed command wrote %q", out.String())
	}
	return a, status, errs.String()
}

func TestAnswer(t *testing.T) {
	a, status, diag := ask(t, request())
	if status != 0 {
		t.Fatal(diag)
	}
	if a.Format != seccomptree.Format || a.Libseccomp != libseccompVersion() {
		t.Errorf("format %d of %s", a.Format, a.Libseccomp)
	}
	if len(a.Program) == 0 || len(a.Program)%8 != 0 {
		t.Errorf("a program of %d bytes", len(a.Program))
	}
	for _, name := range a.Unknown {
		if name != "mseal" { // Linux 6.10; libseccomp 2.5.4 is older
			t.Errorf("%s is said to be unknown", name)
		}
	}
	b, _, _ := ask(t, request())
	if !bytes.Equal(a.Program, b.Program) {
		t.Error("the same request has two answers")
	}
}

// TestOtherArchitecture: numbers differ, and calls that one of the two lacks.
func TestOtherArchitecture(t *testing.T) {
	a, status, diag := ask(t, seccomptree.Request{Format: seccomptree.Format, Arch: "aarch64", Foreign: 1, Calls: []seccomptree.Call{
		{Name: "read", Number: 63, Leaf: 2}, {Name: "socket", Number: 198, Leaf: 2}, {Name: "fchmodat2", Number: 452, Leaf: 2},
	}})
	if status != 0 || len(a.Program) == 0 {
		t.Fatal(diag)
	}
	for _, name := range a.Unknown {
		if name != "fchmodat2" {
			t.Errorf("%s is said to be unknown", name)
		}
	}
}

// TestNumberDisagrees: a number that libseccomp knows by another name is left to judge.
func TestNumberDisagrees(t *testing.T) {
	r := request()
	r.Calls = []seccomptree.Call{{Name: "read", Number: 7, Leaf: 2}}
	a, status, diag := ask(t, r)
	if status != 0 || len(a.Unknown) != 1 || a.Unknown[0] != "read" {
		t.Errorf("unknown %v, %s", a.Unknown, diag)
	}
}

func TestBadRequests(t *testing.T) {
	format, arch := request(), request()
	format.Format++
	arch.Arch = "mips"
	for what, r := range map[string]any{
		"another format":          format,
		"another architecture":    arch,
		"an unknown field":        map[string]any{"format": seccomptree.Format, "arch": "x86_64", "spec": 1},
		"something else entirely": "hello",
	} {
		if _, status, diag := ask(t, r); status != 1 || strings.Count(diag, "\n") != 1 {
			t.Errorf("%s: status %d, %q", what, status, diag)
		}
	}
}

func TestFlags(t *testing.T) {
	for arg, want := range map[string]int{"--version": 0, "--help": 0, "--regenerate": 2} {
		var out, diag bytes.Buffer
		if got := command([]string{arg}, strings.NewReader(""), &out, &diag); got != want {
			t.Errorf("%s: %d, want %d", arg, got, want)
		}
		if (out.Len() > 0) != (want == 0) || (diag.Len() > 0) != (want != 0) {
			t.Errorf("%s: %q on standard output, %q on standard error", arg, out.String(), diag.String())
		}
	}
}
