package archive

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"path"
	"strings"
)

// digest is ALGORITHM:HEX, checked; "" for none.
type digest string

// parseDigest takes the algorithms that the OCI image specification registers
// (descriptor.md, "Registered algorithms").
func parseDigest(s string) (digest, error) {
	algorithm, sum, ok := strings.Cut(s, ":")
	size := map[string]int{"sha256": sha256.Size, "sha512": sha512.Size}[algorithm]
	if !ok || size == 0 {
		return "", fmt.Errorf("digest %q is of no algorithm that is known here: sha256, sha512", s)
	}
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != size || strings.ToLower(sum) != sum {
		return "", fmt.Errorf("digest %q has not the form of a digest", s)
	}
	return digest(s), nil
}

func (d digest) hash() hash.Hash {
	if strings.HasPrefix(string(d), "sha512:") {
		return sha512.New()
	}
	return sha256.New()
}

// of is the digest of what was written to a hash, with the algorithm of d.
func (d digest) of(h hash.Hash) digest {
	algorithm, _, _ := strings.Cut(string(d), ":")
	return digest(algorithm + ":" + hex.EncodeToString(h.Sum(nil)))
}

// blob is where an OCI layout has the file of a digest.
func (d digest) blob() string {
	algorithm, sum, _ := strings.Cut(string(d), ":")
	return path.Join("blobs", algorithm, sum)
}

// digestOfName is the digest that a file's name is, as in archives of docker
// save: HEX.json, blobs/sha256/HEX or sha256:HEX.
func digestOfName(name string) digest {
	d, err := parseDigest("sha256:" + strings.TrimPrefix(strings.TrimSuffix(path.Base(name), ".json"), "sha256:"))
	if err != nil {
		return ""
	}
	return d
}
