package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"strings"

	"judge/store"
)

// read makes a node of a header; nil for one that is left out.
func (b *builder) read(h *tar.Header) (*node, error) {
	n := &node{layer: b.layer}
	n.Modified = h.ModTime
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse, tar.TypeLink:
		n.Kind = store.Regular
		n.Mode = uint32(h.Mode) & 0o777
	case tar.TypeDir:
		n.Kind = store.Directory
		n.Mode = uint32(h.Mode) & 0o1777
	case tar.TypeSymlink:
		n.Kind = store.Symlink
		n.Mode = 0o777
		n.Target = strings.Clone(h.Linkname) // which may be a part of a megabyte of PAX records
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		if !b.options.Devices {
			return nil, ErrDevice
		}
		b.leftOut["devices and FIFOs"]++
		return nil, nil
	default:
		return nil, fmt.Errorf("it is of type %q, which no rootfs can have", h.Typeflag)
	}
	const most = 1<<32 - 2 // -1 is no user (chown(2))
	if h.Uid < 0 || h.Uid > most || h.Gid < 0 || h.Gid > most {
		return nil, fmt.Errorf("there is no owner %d:%d", h.Uid, h.Gid)
	}
	n.UID, n.GID = uint32(h.Uid), uint32(h.Gid)
	b.countAttributes(h)
	if h.Mode&0o6000 != 0 && h.Typeflag != tar.TypeLink {
		b.leftOut["setuid and setgid bits"]++
	}
	return n, nil
}

// ErrDevice says that an archive holds a device or a FIFO, and was not to.
var ErrDevice = errors.New("it is a device or a FIFO, which an import refuses")

func (b *builder) countAttributes(h *tar.Header) {
	for key := range h.PAXRecords {
		switch {
		case key == "SCHILY.xattr.security.capability":
			b.leftOut["file capabilities"]++
		case strings.HasPrefix(key, "SCHILY.xattr."), strings.HasPrefix(key, "LIBARCHIVE.xattr."),
			strings.HasPrefix(key, "SCHILY.acl."), strings.HasPrefix(key, "RHT.security."):
			b.leftOut["extended attributes"]++
		}
	}
}
