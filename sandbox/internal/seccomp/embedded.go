package seccomp

import (
	"crypto/sha256"
	"encoding/hex"
)

//go:generate go run gen/tables.go
//go:generate go run gen/embed.go

// PinnedLibseccomp is the release that made the embedded filters. Another one
// may decide otherwise for what is no call, such as number -1.
const PinnedLibseccomp = "2.5.4"

// embedded is a compiled filter of a built-in policy. The table of them is in
// zembedded.go.
type embedded struct {
	policy  string
	arch    Arch
	spec    string // Spec.Digest
	text    string // Text, in hexadecimal, of the policy's own [seccomp]
	program *string
}

func embeddedSpec(digest string, arch Arch) (program []byte, ok bool) {
	for i := range embeddedFilters {
		if e := &embeddedFilters[i]; e.arch == arch && e.spec == digest {
			return []byte(*e.program), true
		}
	}
	return nil, false
}

func embeddedText(text [sha256.Size]byte, arch Arch) (program []byte, ok bool) {
	var key [2 * sha256.Size]byte
	hex.Encode(key[:], text[:])
	for i := range embeddedFilters {
		if e := &embeddedFilters[i]; e.arch == arch && e.text == string(key[:]) {
			return []byte(*e.program), true
		}
	}
	return nil, false
}
