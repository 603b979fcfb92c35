package judge

import (
	"testing"

	"judge/judge/language"
	"judge/policy"
)

// What was compiled in a rootfs is not used in another one of the same name.
func TestKeyOfRootfs(t *testing.T) {
	key := func(digest string) string {
		e := &Engine{opts: Options{Languages: language.Builtin(), Roots: map[string]Root{"contest": {Digest: digest}}}}
		p := policy.Policy{Filesystem: policy.Filesystem{Rootfs: "contest"}}
		k, err := e.keyOf(toolchain{compile: []string{"cc"}}, t.TempDir(), p)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if a := key("sha256:aa"); a != key("sha256:aa") || a == key("sha256:bb") {
		t.Error("the key does not go with the digest")
	}
}
