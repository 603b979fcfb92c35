// Package launcher holds the small C programs that the harness builds for
// itself.
package launcher

import "embed"

// Sources are c/launch.c, c/harmless.c and c/ia32.c; each says in its first comment
// what it is for.
//
//go:embed c/*.c
var Sources embed.FS
