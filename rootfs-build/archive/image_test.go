package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func sha(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// object is shorthand for JSON.
type object = map[string]any

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dockerSave makes the files that docker save wrote before version 25.
func dockerSave(t testing.TB, tag string, layers ...[]byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	var ids, names []string
	for i, l := range layers {
		name := fmt.Sprintf("%064x/layer.tar", i)
		files[name] = string(l)
		names = append(names, name)
		ids = append(ids, "sha256:"+sha(l))
	}
	config := toJSON(t, object{"architecture": runtime.GOARCH, "rootfs": object{"type": "layers", "diff_ids": ids}})
	files[sha(config)+".json"] = string(config)
	files["manifest.json"] = string(toJSON(t, []object{{"Config": sha(config) + ".json", "RepoTags": []string{tag}, "Layers": names}}))
	return files
}

// ociLayout makes the files of an OCI layout with one image.
func ociLayout(t testing.TB, format string, layers ...[]byte) map[string]string {
	t.Helper()
	files := map[string]string{"oci-layout": `{"imageLayoutVersion":"1.0.0"}`}
	blob := func(kind string, data []byte) object {
		files["blobs/sha256/"+sha(data)] = string(data)
		return object{"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + sha(data), "size": len(data)}
	}
	var list []object
	for _, l := range layers {
		list = append(list, blob("layer.v1.tar", packed(t, format, l)))
	}
	config := blob("config.v1+json", toJSON(t, object{"os": "linux"}))
	manifest := blob("manifest.v1+json", toJSON(t, object{"schemaVersion": 2, "config": config, "layers": list}))
	manifest["annotations"] = object{ociRefName: "latest"}
	files["index.json"] = string(toJSON(t, object{"schemaVersion": 2, "manifests": []object{manifest}}))
	return files
}

// asTar writes files into a tar archive, in the order of their names.
func asTar(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var list []file
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, regular(name, files[name]))
	}
	return tarOf(t, list...)
}

func asDirectory(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLayers(t *testing.T) {
	base := []file{directory("d"), regular("d/a", "1"), regular("d/b", "1"), regular("e/f/g", "1"), symlink("l", "d/a"), hardlink("h", "d/a")}
	tests := []struct {
		name  string
		upper []file
		want  []string
	}{
		{"nothing more", nil, []string{"d755 d", "f644 d/a 1", "f644 d/b 1", "d755 e", "d755 e/f", "f644 e/f/g 1", "f644 h 1", "l777 l d/a"}},
		{"a file is hidden", []file{regular("d/.wh.a", "")}, []string{"d755 d", "f644 d/b 1", "d755 e", "d755 e/f", "f644 e/f/g 1", "f644 h 1", "l777 l d/a"}},
		{"a directory is hidden", []file{regular(".wh.d", ""), regular(".wh.e", "")}, []string{"f644 h 1", "l777 l d/a"}},
		{"a link is hidden, not what it leads to", []file{regular(".wh.l", ""), regular(".wh.e", "")}, []string{"d755 d", "f644 d/a 1", "f644 d/b 1", "f644 h 1"}},
		{"an opaque directory", []file{directory("d"), regular("d/.wh..wh..opq", ""), regular("d/c", "2"), regular(".wh.e", "")}, []string{"d755 d", "f644 d/c 2", "f644 h 1", "l777 l d/a"}},
		{"an opaque directory, said last", []file{directory("d"), regular("d/c", "2"), regular("d/a", "2"), regular("d/.wh..wh..opq", ""), regular(".wh.e", "")}, []string{"d755 d", "f644 d/a 2", "f644 d/c 2", "f644 h 1", "l777 l d/a"}},
		{"all is hidden", []file{regular(".wh..wh..opq", ""), regular("new", "2")}, []string{"f644 new 2"}},
		{"hidden and made anew", []file{regular("d/new", "2"), regular(".wh.d", ""), regular(".wh.e", "")}, []string{"d755 d", "f644 d/new 2", "f644 h 1", "l777 l d/a"}},
		{"hidden deep, and made anew", []file{regular("e/f/new", "2"), regular(".wh.e", ""), regular(".wh.d", "")}, []string{"d755 e", "d755 e/f", "f644 e/f/new 2", "f644 h 1", "l777 l d/a"}},
		{"what is not there is hidden", []file{regular("x/y/.wh.z", ""), regular(".wh.q", ""), regular(".wh..wh.aufs", ""), regular(".wh.d", ""), regular(".wh.e", "")}, []string{"f644 h 1", "l777 l d/a"}},
		{"a changed file leaves its other name as it was", []file{regular("d/a", "2"), regular(".wh.e", "")}, []string{"d755 d", "f644 d/a 2", "f644 d/b 1", "f644 h 1", "l777 l d/a"}},
		{"a hard link to the layer below", []file{hardlink("d/c", "d/b"), regular(".wh.e", "")}, []string{"d755 d", "f644 d/a 1", "f644 d/b 1", "f644 d/c 1", "f644 h 1", "l777 l d/a"}},
		{"a directory keeps what it has, and changes its mode", []file{{name: "d", header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o700}}, regular(".wh.e", "")}, []string{"d700 d", "f644 d/a 1", "f644 d/b 1", "f644 h 1", "l777 l d/a"}},
		{"a file in place of a directory", []file{regular("d", "2"), regular("e", "2")}, []string{"f644 d 2", "f644 e 2", "f644 h 1", "l777 l d/a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			layers := [][]byte{tarOf(t, base...), tarOf(t, test.upper...)}
			for kind, name := range map[string]string{
				"docker": write(t, asTar(t, dockerSave(t, "x:latest", layers...))),
				"oci":    asDirectory(t, ociLayout(t, "gzip", layers...)),
			} {
				got, r, err := imported(t, name, usual())
				if err != nil {
					t.Fatal(kind, err)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%s: got  %q\nwant %q", kind, got, test.want)
				}
				if kind == "docker" && (r.Image != "x:latest" || r.Kind != "docker archive") || kind == "oci" && (r.Image != "latest" || r.Kind != "OCI layout") {
					t.Errorf("it was taken for %s, image %s", r.Kind, r.Image)
				}
			}
		})
	}
}

func TestDamagedImages(t *testing.T) {
	content := tarOf(t, regular("a", "text"))
	other := tarOf(t, regular("a", "TEXT"))
	change := func(files map[string]string, f func(map[string]string)) map[string]string { f(files); return files }
	layer := "blobs/sha256/" + sha(content)
	docker := fmt.Sprintf("%064x/layer.tar", 0)
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a layer of another content", change(ociLayout(t, "", content), func(f map[string]string) { f[layer] = string(other) }), "its digest is"},
		{"a layer that is cut off", change(ociLayout(t, "", content), func(f map[string]string) { f[layer] = string(content[:700]) }), "should have 2048"},
		{"a layer that is longer", change(ociLayout(t, "", content), func(f map[string]string) { f[layer] += "more" }), "bytes, and should have"},
		{"a layer that is missing", change(ociLayout(t, "", content), func(f map[string]string) { delete(f, layer) }), "no such file"},
		{"no index", change(ociLayout(t, "", content), func(f map[string]string) { f["index.json"] = "{}" }), "no image"},
		{"an index that is no JSON", change(ociLayout(t, "", content), func(f map[string]string) { f["index.json"] = "<html>" }), "read index.json"},
		{"a digest that is a path", change(ociLayout(t, "", content), func(f map[string]string) {
			f["index.json"] = `{"manifests":[{"digest":"sha256:../../../../etc/passwd","size":1}]}`
		}), "form of a digest"},
		{"a digest of an unknown kind", change(ociLayout(t, "", content), func(f map[string]string) {
			f["index.json"] = `{"manifests":[{"digest":"md5:00","size":1}]}`
		}), "no algorithm"},
		{"docker: a layer of another content", change(dockerSave(t, "x", content), func(f map[string]string) { f[docker] = string(other) }), "its digest is"},
		{"docker: a layer that is missing", change(dockerSave(t, "x", content), func(f map[string]string) { delete(f, docker) }), "no such file"},
		{"docker: layers without digests", change(dockerSave(t, "x", content), func(f map[string]string) {
			f["manifest.json"] = strings.Replace(f["manifest.json"], docker+`"`, docker+`","more"`, 1)
		}), "2 layers, and digests of 1"},
		{"a path that leaves the root, in a layer", ociLayout(t, "gzip", tarOf(t, regular("../../a", "x"))), ".."},
		{"whiteout of the parent", ociLayout(t, "gzip", tarOf(t, regular("a/.wh...", ""))), "nothing that has a name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{write(t, asTar(t, test.files)), asDirectory(t, test.files)} {
				if test.files["index.json"] == "" && name[len(name)-1] != 'e' {
					continue // docker save makes no directories
				}
				_, _, err := imported(t, name, usual())
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got the error %v, want one with %q", err, test.want)
				}
			}
		})
	}
}

func TestWhichImage(t *testing.T) {
	one, two := tarOf(t, regular("one", "")), tarOf(t, regular("two", ""))
	files := dockerSave(t, "x:1", one)
	var both []object
	if err := json.Unmarshal([]byte(files["manifest.json"]), &both); err != nil {
		t.Fatal(err)
	}
	second := strings.ReplaceAll(dockerSave(t, "x:2", two)["manifest.json"], fmt.Sprintf("%064x", 0), fmt.Sprintf("%064x", 9))
	var more []object
	if err := json.Unmarshal([]byte(second), &more); err != nil {
		t.Fatal(err)
	}
	for name, text := range dockerSave(t, "x:2", two) {
		if name != "manifest.json" {
			files[strings.Replace(name, fmt.Sprintf("%064x", 0), fmt.Sprintf("%064x", 9), 1)] = text
		}
	}
	files["manifest.json"] = string(toJSON(t, append(both, more...)))
	archive := write(t, asTar(t, files))
	o := usual()
	if _, _, err := imported(t, archive, o); err == nil || !strings.Contains(err.Error(), "several images: x:1, x:2") {
		t.Errorf("no image named: %v", err)
	}
	o.Image = "x:2"
	if got, _, err := imported(t, archive, o); err != nil || !slices.Equal(got, []string{"f644 two"}) {
		t.Errorf("x:2 is %q, %v", got, err)
	}
	o.Image = "x:3"
	if _, _, err := imported(t, archive, o); err == nil || !strings.Contains(err.Error(), `no image "x:3", but x:1`) {
		t.Errorf("an image that is not there: %v", err)
	}
}

// An image for another machine is taken, and that is said.
func TestForeign(t *testing.T) {
	content := tarOf(t, regular("a", ""))
	for architecture, want := range map[string]string{"s390x": "s390x", runtime.GOARCH: "", "": ""} {
		config := toJSON(t, object{"architecture": architecture, "rootfs": object{"diff_ids": []string{"sha256:" + sha(content)}}})
		docker := map[string]string{sha(config) + ".json": string(config), "layer.tar": string(content)}
		docker["manifest.json"] = string(toJSON(t, []object{{"Config": sha(config) + ".json", "Layers": []string{"layer.tar"}}}))
		blob := func(data []byte) object { return object{"digest": "sha256:" + sha(data), "size": len(data)} }
		manifest := toJSON(t, object{"config": blob(config), "layers": []object{blob(content)}})
		oci := map[string]string{"index.json": string(toJSON(t, object{"manifests": []object{blob(manifest)}}))}
		for _, data := range [][]byte{config, content, manifest} {
			oci["blobs/sha256/"+sha(data)] = string(data)
		}
		for _, name := range []string{write(t, asTar(t, docker)), asDirectory(t, oci)} {
			_, r, err := imported(t, name, usual())
			if err != nil {
				t.Fatal(err)
			}
			if r.Foreign != want {
				t.Errorf("%s for %q: foreign is %q, want %q", r.Kind, architecture, r.Foreign, want)
			}
		}
	}
}

// Of an index of several platforms, this host's is taken, and no attestation.
func TestPlatforms(t *testing.T) {
	files := ociLayout(t, "gzip", tarOf(t, regular("mine", "")))
	var index struct {
		Manifests []object `json:"manifests"`
	}
	if err := json.Unmarshal([]byte(files["index.json"]), &index); err != nil {
		t.Fatal(err)
	}
	mine := index.Manifests[0]
	mine["platform"] = object{"os": "linux", "architecture": runtime.GOARCH}
	other := object{"digest": "sha256:" + sha(nil), "size": 1, "platform": object{"os": "linux", "architecture": "s390x"}}
	attestation := object{"digest": "sha256:" + sha(nil), "size": 1, "platform": object{"os": "unknown", "architecture": "unknown"}, "annotations": object{dockerReference: "attestation-manifest"}}
	inner := toJSON(t, object{"manifests": []object{attestation, other, mine}})
	files["blobs/sha256/"+sha(inner)] = string(inner)
	files["index.json"] = string(toJSON(t, object{"manifests": []object{{"digest": "sha256:" + sha(inner), "size": len(inner), "mediaType": "application/vnd.oci.image.index.v1+json"}}}))
	if got, _, err := imported(t, asDirectory(t, files), usual()); err != nil || !slices.Equal(got, []string{"f644 mine"}) {
		t.Errorf("got %q, %v", got, err)
	}
	strangers := toJSON(t, object{"manifests": []object{attestation, other}})
	files["blobs/sha256/"+sha(strangers)] = string(strangers)
	files["index.json"] = string(toJSON(t, object{"manifests": []object{{"digest": "sha256:" + sha(strangers), "size": len(strangers)}}}))
	if _, _, err := imported(t, asDirectory(t, files), usual()); err == nil || !strings.Contains(err.Error(), "not for linux on") {
		t.Errorf("an image for another machine: %v", err)
	}
}
