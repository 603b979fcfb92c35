package problem

import (
	"os"
	"testing"
)

// TestDuplicates: copies in one group, not in two, and not one file under two names.
func TestDuplicates(t *testing.T) {
	files := map[string]string{"problem.yaml": "name: x\n", "LINKS": "data/secret/e.in -> a.in\ndata/secret/e.ans -> a.ans\n"}
	for name, input := range map[string]string{"secret/a": "1", "secret/b": "2", "secret/c": "1", "secret/d": "1", "secret/g/a": "1", "sample/1": "1"} {
		files["data/"+name+".in"], files["data/"+name+".ans"] = input, ""
	}
	files["data/secret/d.args"] = "-x"
	p, err := Load(unpackMap(t, files))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Duplicates()
	if err != nil || len(got) != 1 || got[0].Text != "cases secret/a and secret/c have the same input" {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.Remove(p.Cases[0].Input); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Duplicates(); err == nil {
		t.Error("an input that is gone is no error")
	}
}
