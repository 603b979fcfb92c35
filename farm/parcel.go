package farm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"judge/judge/problem"
)

// smallSubmission is how many bytes the files of a submission may have to travel in its parcel. Most have
// a file of some KiB, which as a blob of its own would cost two more messages that are put on the
// disk, and three more questions.
const smallSubmission = 64 << 10

// sendSubmission sends a submission, and gives the digest of its parcel. What is not small is sent as blobs.
func (f *Farm) sendSubmission(ctx context.Context, user string, p parcel, files []problem.File) (string, error) {
	var err error
	if p.Files, err = enclose(files); err != nil {
		return "", err
	}
	if p.Files == nil {
		paths := map[string]string{}
		for _, one := range files {
			paths[one.Name] = one.Path
			p.Files = append(p.Files, entry{Name: one.Name})
		}
		if err := f.sendFiles(ctx, user, p.Files, func(e entry) string { return paths[e.Name] }); err != nil {
			return "", err
		}
	}
	return f.putJSON(ctx, user, p)
}

// enclose are entries with the files themselves; nil if those are not small.
func enclose(files []problem.File) ([]entry, error) {
	left := int64(smallSubmission)
	list := make([]entry, 0, len(files))
	for _, one := range files {
		e := entry{Name: one.Name}
		if err := e.read(one.Path, left); err != nil {
			return nil, fmt.Errorf("send a file: %w", err)
		}
		if left -= e.Size; left < 0 {
			return nil, nil
		}
		list = append(list, e)
	}
	return list, nil
}

// read takes a file in, or as much of it as is more than most bytes.
func (e *entry) read(path string, most int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	e.Executable = info.Mode()&0o111 != 0
	if e.Text, err = io.ReadAll(io.LimitReader(file, most+1)); err != nil {
		return err
	}
	e.Size = int64(len(e.Text))
	return nil
}

// put makes a file of an entry that has it within itself.
func (e entry) put(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode(e.Executable))
	if err != nil {
		return fmt.Errorf("unpack %s: %w", e.Name, err)
	}
	_, err = file.Write(e.Text)
	if err = errors.Join(err, file.Chmod(mode(e.Executable)), file.Close()); err != nil { // whatever the umask
		return fmt.Errorf("unpack %s: %w", e.Name, err)
	}
	return nil
}
