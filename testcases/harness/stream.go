package harness

import (
	"io"
	"os"
)

// wirePipes gives judge pipes, or /dev/null as an input that is empty.
func (r *running) wirePipes() error {
	wireStdout := r.wireOutput
	for _, h := range r.c.Host {
		if h.Kind == "stdout" {
			wireStdout = func(file *io.Writer, into *Stream) error { return r.wireBadly(h.Arg, file, into) }
		}
	}
	if err := wireStdout(&r.cmd.Stdout, &r.out.Stdout); err != nil {
		return err
	}
	if err := r.wireOutput(&r.cmd.Stderr, &r.out.Stderr); err != nil {
		return err
	}
	if !r.c.Stdin.Open && len(r.c.Stdin.Data) == 0 {
		return nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	r.cmd.Stdin, r.stdin, r.feed = reader, writer, r.c.Stdin.Data
	r.parents = append(r.parents, reader)
	return nil
}

// wireOutput gives judge a pipe that is read to its end.
func (r *running) wireOutput(file *io.Writer, into *Stream) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	*file = writer
	r.parents = append(r.parents, writer)
	r.drain(reader, into)
	return nil
}

// wireBadly gives judge an output that cannot take everything: a device that
// is full, a pipe whose reader is gone, or one whose reader does not read.
// What the launcher closes is wired as ever.
func (r *running) wireBadly(how string, file *io.Writer, into *Stream) error {
	if how == "closed" {
		return r.wireOutput(file, into)
	}
	if how == "full" {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		*file = full
		r.parents = append(r.parents, full)
		return nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	*file = writer
	r.parents = append(r.parents, writer)
	if how == "broken" {
		return reader.Close()
	}
	r.unread = reader
	return nil
}

// drain reads a channel to its end beside judge.
func (r *running) drain(reader *os.File, into *Stream) {
	r.readers = append(r.readers, reader)
	r.drained.Go(func() {
		// A deadline, or EIO of a terminal whose other side is closed, is an end too.
		_, _ = io.Copy(into, reader)
	})
}
