package sandbox

import "testing"

func TestTimeNamespaces(t *testing.T) {
	for release, want := range map[string]bool{
		"6.1.0": true, "6.18.44-fc-v669": true, "7.0": true, "6.0.19": false, "5.15.0-91-generic": false, "": false, "x": false,
	} {
		if got := timeNamespaces(release); got != want {
			t.Errorf("%q: %v", release, got)
		}
	}
}
