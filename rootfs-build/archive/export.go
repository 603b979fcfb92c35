package archive

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"

	"judge/store"
)

// Export writes a rootfs as a tar archive. Importing that makes the same digest;
// exporting the same rootfs twice makes the same bytes.
func Export(ctx context.Context, h *store.Held, to io.Writer) error {
	entries, err := h.Entries()
	if err != nil {
		return err
	}
	w := tar.NewWriter(to)
	for i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := exportOne(h, w, &entries[i]); err != nil {
			return fmt.Errorf("export /%s: %w", entries[i].Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func exportOne(h *store.Held, w *tar.Writer, e *store.Entry) error {
	header := &tar.Header{Name: "./" + e.Path, Mode: int64(e.Mode), Uid: int(e.UID), Gid: int(e.GID), ModTime: e.Modified, Format: tar.FormatPAX}
	switch e.Kind {
	case store.Directory:
		header.Typeflag = tar.TypeDir
		if e.Path != "" {
			header.Name += "/"
		}
	case store.Symlink:
		header.Typeflag, header.Linkname = tar.TypeSymlink, e.Target
	default:
		header.Typeflag, header.Size = tar.TypeReg, e.Size
	}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	if e.Kind != store.Regular {
		return nil
	}
	f, err := os.Open(h.Path(e.Path))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f) // the writer refuses more or less than the size
	return err
}
