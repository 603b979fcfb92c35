package archive

import (
	"errors"
	"fmt"
	"strings"
)

// What is read of an archive of docker save (moby, image/tarexport/load.go, and
// its image specification v1.2, "Combined Image JSON + Filesystem Changeset Format").
type (
	dockerImages []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	// imageConfig is the same in an OCI layout (image-spec, config.md).
	imageConfig struct {
		Architecture string `json:"architecture"`
		RootFS       struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
)

// dockerImage finds an image's layers in an archive of docker save.
func dockerImage(from blobs, asked string) (*found, error) {
	var images dockerImages
	if err := readJSON(from, dockerName, "", -1, &images); err != nil {
		return nil, err
	}
	if len(images) == 0 {
		return nil, errors.New("the archive holds no image")
	}
	var names [][]string
	for _, image := range images {
		names = append(names, append(image.RepoTags, strings.TrimSuffix(image.Config, ".json")))
	}
	chosen, err := choose(asked, names)
	if err != nil {
		return nil, err
	}
	image := images[chosen]
	// The configuration's name is its digest, and it has the digests of the layers.
	var config imageConfig
	if err := readJSON(from, image.Config, digestOfName(image.Config), -1, &config); err != nil {
		return nil, err
	}
	ids := config.RootFS.DiffIDs
	if len(ids) != len(image.Layers) || len(ids) == 0 || len(ids) > maxLayers {
		return nil, fmt.Errorf("the image has %d layers, and digests of %d", len(image.Layers), len(ids))
	}
	found := &found{name: names[chosen][0], architecture: config.Architecture}
	for i, name := range image.Layers {
		id, err := parseDigest(ids[i])
		if err != nil {
			return nil, err
		}
		found.layers = append(found.layers, layer{name: name, size: -1, diffID: id})
	}
	return found, nil
}
