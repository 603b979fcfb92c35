package grading

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/report"
)

// An outFile gets its name when all is in it: who reads it never sees a part. What is
// there already and is no regular file, as /dev/stdout, is written to as it is; "-" is
// standard output.
type outFile struct {
	*os.File
	name   string
	direct bool
}

// create begins a file that a flag names.
func create(flag, name string) (*outFile, error) {
	if name == "-" {
		return &outFile{File: os.Stdout, name: "standard output", direct: true}, nil
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	f := &outFile{name: name}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		err = fmt.Errorf("%s is a directory", name)
	case err == nil && !info.Mode().IsRegular():
		f.direct = true
		f.File, err = os.OpenFile(name, os.O_WRONLY, 0)
	default:
		f.File, err = os.CreateTemp(filepath.Dir(name), ".judge-results-")
	}
	if err != nil {
		return nil, &cli.UsageError{What: fmt.Sprintf("%s: %v", flag, err), Hint: "name a file that can be written"}
	}
	return f, nil
}

// end closes what has no other name to get; standard output may have more to take.
func (f *outFile) end() error {
	if f.File == os.Stdout {
		return nil
	}
	return f.Close()
}

// keep gives the file its name.
func (f *outFile) keep() error {
	if f.direct {
		return f.end()
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), f.name)
}

// drop leaves nothing of it.
func (f *outFile) drop() error {
	if f.direct {
		return f.end()
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// reports are the files beside the results: --junit, --html, --gradescope.
type reports []asked

type asked struct {
	file *outFile
	report.Sink
}

// openReports begins those that the command line asks for.
func (o *options) openReports() (reports, error) {
	var list reports
	now := time.Now()
	host, _ := os.Hostname() // "" where there is none
	for _, one := range []struct {
		flag, path string
		sink       func(*outFile) report.Sink
	}{
		{"--junit", o.junit, func(f *outFile) report.Sink { return report.NewJUnit(f, now, host) }},
		{"--html", o.html, func(f *outFile) report.Sink { return report.NewHTML(f, now) }},
		{"--gradescope", o.gradescope, func(f *outFile) report.Sink { return report.NewGradescope(f) }},
	} {
		if one.path == "" {
			continue
		}
		f, err := create(one.flag, one.path)
		if err != nil {
			return nil, errors.Join(err, list.close(false))
		}
		list = append(list, asked{f, one.sink(f)})
	}
	return list, nil
}

func (l reports) add(r *judge.Result) error {
	var errs []error
	for _, one := range l {
		errs = append(errs, wrap(one.Add(r), one.file.name))
	}
	return errors.Join(errs...)
}

// close writes what is to be written at the end, if whole; else nothing is left.
func (l reports) close(whole bool) error {
	var errs []error
	for _, one := range l {
		var err error
		if whole {
			err = one.Close()
		}
		if whole && err == nil {
			err = one.file.keep()
		} else {
			err = errors.Join(err, one.file.drop())
		}
		errs = append(errs, wrap(err, one.file.name))
	}
	return errors.Join(errs...)
}
