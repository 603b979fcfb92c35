package archive

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// What is read of an OCI image layout (image-spec: image-layout.md,
// image-index.md, manifest.md, descriptor.md).
type (
	ociDescriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int64             `json:"size"`
		Annotations map[string]string `json:"annotations"`
		Platform    *struct {
			OS           string `json:"os"`
			Architecture string `json:"architecture"`
		} `json:"platform"`
	}
	ociIndex struct {
		Manifests []ociDescriptor `json:"manifests"`
	}
	ociManifest struct {
		Config    ociDescriptor   `json:"config"`
		Layers    []ociDescriptor `json:"layers"`
		Manifests []ociDescriptor `json:"manifests"` // of an index
	}
)

// maxIndexes is how deep indexes may hold indexes.
const maxIndexes = 4

// maxLayers is far above what any runtime can stack.
const maxLayers = 1024

// ociImage finds an image's layers in an OCI layout.
func ociImage(from blobs, asked string) (*found, error) {
	var index ociIndex
	if err := readJSON(from, indexName, "", -1, &index); err != nil {
		return nil, err
	}
	chosen, err := chooseOCI(asked, index.Manifests)
	if err != nil {
		return nil, err
	}
	m, err := ociFollow(from, chosen, 0)
	if err != nil {
		return nil, err
	}
	if n := len(m.Layers); n == 0 || n > maxLayers {
		return nil, fmt.Errorf("the image has %d layers", n)
	}
	image := &found{name: ociNames(chosen)[0]}
	for _, d := range m.Layers {
		sum, err := parseDigest(d.Digest)
		if err != nil {
			return nil, err
		}
		if strings.Contains(d.MediaType, "encrypted") {
			return nil, fmt.Errorf("layer %s is encrypted", d.Digest)
		}
		image.layers = append(image.layers, layer{name: sum.blob(), packed: sum, size: d.Size})
	}
	sum, err := parseDigest(m.Config.Digest)
	if err != nil {
		return nil, fmt.Errorf("the image's configuration: %w", err)
	}
	var config imageConfig
	if err := readJSON(from, sum.blob(), sum, m.Config.Size, &config); err != nil {
		return nil, err
	}
	image.architecture = config.Architecture
	return image, nil
}

// chooseOCI finds the image that is asked for; several descriptors of one name
// are for several platforms.
func chooseOCI(asked string, list []ociDescriptor) (ociDescriptor, error) {
	list = imagesAlone(list)
	if len(list) == 0 {
		return ociDescriptor{}, errors.New("the archive holds no image")
	}
	if own := ofPlatform(list); asked == "" && len(own) == 1 && samePlace(list) {
		return own[0], nil
	}
	var names [][]string
	for _, d := range list {
		names = append(names, ociNames(d))
	}
	i, err := choose(asked, names)
	if err != nil {
		return ociDescriptor{}, err
	}
	return list[i], nil
}

// samePlace says whether all descriptors have one name, so that they differ by
// platform alone.
func samePlace(list []ociDescriptor) bool {
	for _, d := range list {
		if d.Annotations[ociRefName] != list[0].Annotations[ociRefName] {
			return false
		}
	}
	return true
}

const (
	ociRefName       = "org.opencontainers.image.ref.name"
	containerdName   = "io.containerd.image.name"
	dockerReference  = "vnd.docker.reference.type" // an attestation, which is no image
	unknownPlatforms = "unknown"                   // of attestations, too
)

// ociNames are those that a descriptor may be asked for by; the last is its digest.
func ociNames(d ociDescriptor) []string {
	var names []string
	for _, key := range []string{containerdName, ociRefName} {
		if name := d.Annotations[key]; name != "" {
			names = append(names, name)
		}
	}
	return append(names, d.Digest)
}

func imagesAlone(list []ociDescriptor) []ociDescriptor {
	var images []ociDescriptor
	for _, d := range list {
		if d.Annotations[dockerReference] == "" && (d.Platform == nil || d.Platform.OS != unknownPlatforms) {
			images = append(images, d)
		}
	}
	return images
}

// ofPlatform are the descriptors that this host could run.
func ofPlatform(list []ociDescriptor) []ociDescriptor {
	var own []ociDescriptor
	for _, d := range list {
		if d.Platform == nil || d.Platform.OS == "linux" && d.Platform.Architecture == runtime.GOARCH {
			own = append(own, d)
		}
	}
	return own
}

// ociFollow reads the manifest that a descriptor leads to, by way of indexes.
func ociFollow(from blobs, d ociDescriptor, depth int) (*ociManifest, error) {
	sum, err := parseDigest(d.Digest)
	if err != nil {
		return nil, err
	}
	var m ociManifest
	if err := readJSON(from, sum.blob(), sum, d.Size, &m); err != nil {
		return nil, err
	}
	if len(m.Manifests) == 0 {
		return &m, nil
	}
	if depth == maxIndexes {
		return nil, errors.New("the archive's indexes hold indexes without end")
	}
	own := ofPlatform(imagesAlone(m.Manifests))
	if len(own) == 0 {
		return nil, fmt.Errorf("the image is not for linux on %s", runtime.GOARCH)
	}
	return ociFollow(from, own[0], depth+1)
}
