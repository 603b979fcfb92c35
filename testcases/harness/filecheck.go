package harness

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// named makes the parser for an invariant about one file.
func named(check func(o *Outcome, name string) error) func(string) (invariant, error) {
	return func(name string) (invariant, error) {
		if len(strings.Fields(name)) != 1 {
			return nil, fmt.Errorf("%q is not one name", name)
		}
		return func(o *Outcome) error { return check(o, name) }, nil
	}
}

// namedText makes the parser for an invariant about a file and a text.
func namedText(check func(o *Outcome, name, text string) error) func(string) (invariant, error) {
	return func(rest string) (invariant, error) {
		name, text, ok := strings.Cut(rest, " ")
		if text = strings.TrimLeft(text, " "); !ok || text == "" {
			return nil, fmt.Errorf("%q is not a name and a text", rest)
		}
		return func(o *Outcome) error { return check(o, name, text) }, nil
	}
}

func checkCollected(o *Outcome, name string) error {
	_, info, err := o.handedOver(name)
	if err != nil {
		return fmt.Errorf("%w%s", err, o.refusal(name))
	}
	if o.Unsandboxed {
		return nil
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("it is a %s", info.Mode().Type())
	}
	if o.Report == nil {
		return fmt.Errorf("there is no report: %w", o.ReportError)
	}
	c := o.Report.collected(name)
	if c == nil || c.Refused != "" || c.Bytes != info.Size() {
		return fmt.Errorf("%d bytes are there, but the report says %+v", info.Size(), c)
	}
	return nil
}

func checkRefused(o *Outcome, name string) error {
	if o.Unsandboxed {
		return nil // nobody is there to refuse
	}
	if _, info, err := o.handedOver(name); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("it was handed over: %v, %v", info, err)
	}
	if o.refusal(name) == "" {
		return fmt.Errorf("the report does not say so")
	}
	return nil
}

// refusal returns what the report says about a file that was refused.
func (o *Outcome) refusal(name string) string {
	if o.Report == nil {
		return ""
	}
	if c := o.Report.collected(name); c != nil && c.Refused != "" {
		return fmt.Sprintf(" (refused: %s)", c.Refused)
	}
	return ""
}

func checkCollectedContains(o *Outcome, name, text string) error {
	data, err := o.content(name)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte(text)) {
		return fmt.Errorf("it has %d bytes without it", len(data))
	}
	return nil
}

func checkCollectedLacks(o *Outcome, name, text string) error {
	data, err := o.content(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if bytes.Contains(data, []byte(text)) {
		return fmt.Errorf("it does contain it")
	}
	return nil
}

func parseCollectedBytes(rest string) (invariant, error) {
	words := strings.Fields(rest)
	if len(words) != 2 {
		return nil, fmt.Errorf("%q is not a name and a number", rest)
	}
	want, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of bytes", words[1])
	}
	return func(o *Outcome) error {
		_, info, err := o.handedOver(words[0])
		if err != nil {
			return err
		}
		if info.Size() != want {
			return fmt.Errorf("it has %d", info.Size())
		}
		return nil
	}, nil
}

func checkPlain(o *Outcome, name string) error {
	_, info, err := o.handedOver(name)
	if err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	special := os.ModeSetuid | os.ModeSetgid | os.ModeSticky
	if !info.Mode().IsRegular() || info.Mode()&special != 0 || stat.Nlink != 1 || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("it is %s, %d links, owner %d", info.Mode(), stat.Nlink, stat.Uid)
	}
	return nil
}

func checkUnchanged(o *Outcome, path string) error {
	before, ok := o.Before[path]
	if !ok {
		return fmt.Errorf("nobody looked at it before the run")
	}
	now, err := fileState(path)
	if err != nil {
		return err
	}
	if now != before {
		return fmt.Errorf("it was %+v and is %+v", before, now)
	}
	return nil
}

func checkAbsent(_ *Outcome, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("it is there (%v)", err)
	}
	return nil
}
