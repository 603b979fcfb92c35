// Package debian builds root file systems of Debian's packages: mmdebstrap sets
// them up in a directory of its own and writes a tar archive, which package
// archive reads as any other, and over it lays the recipe's layer.
//
// The same recipe and the same packages give the same digest: SOURCE_DATE_EPOCH
// is always the same, and what is of this host or of the day is taken away.
package debian

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A source is a line of sources.list(5): one archive, for one suite.
type source struct {
	options    []string // as they stand between brackets
	uri, suite string
	components []string
}

func (s source) String() string {
	options := ""
	if len(s.options) > 0 {
		options = "[" + strings.Join(s.options, " ") + "] "
	}
	return fmt.Sprintf("deb %s%s %s %s", options, s.uri, s.suite, strings.Join(s.components, " "))
}

// ofHost gives the sources that a host itself has its packages from, as far as
// they are the distribution's own: archives of others would make a rootfs that
// no other host can make. etc is the directory /etc/apt, codename the host's.
func ofHost(etc fs.FS, codename string) ([]source, error) {
	files, err := fs.Glob(etc, "sources.list.d/*")
	if err != nil {
		return nil, err
	}
	var own []source
	for _, name := range append([]string{"sources.list"}, files...) {
		data, err := fs.ReadFile(etc, name)
		if err != nil {
			continue // there need not be one
		}
		var list []source
		switch path.Ext(name) {
		case ".list":
			list = oneLine(string(data))
		case ".sources":
			list = deb822(string(data))
		}
		for _, s := range list {
			if isOwn(s, codename) && !slices.ContainsFunc(own, func(o source) bool { return o.String() == s.String() }) {
				own = append(own, s)
			}
		}
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("this host's apt has no source for %s", codename)
	}
	return own, nil
}

// isOwn says whether a source is of the distribution: others name their suites otherwise.
func isOwn(s source, codename string) bool {
	return s.suite == codename || s.suite == codename+"-updates" || s.suite == codename+"-security"
}

// oneLine reads the one-line style of sources.list(5).
func oneLine(text string) []source {
	var list []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		var s source
		if in, ok := strings.CutPrefix(strings.TrimSpace(rest), "["); ok {
			options, after, _ := strings.Cut(in, "]")
			s.options, rest = strings.Fields(options), after
		}
		if words := strings.Fields(rest); len(words) >= 3 {
			s.uri, s.suite, s.components = words[0], words[1], words[2:]
			list = append(list, s)
		}
	}
	return list
}

// deb822 reads the style of deb822(5): paragraphs of fields, each with many values.
func deb822(text string) []source {
	var list []source
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\r", ""), "\n\n") {
		fields := map[string]string{}
		last := ""
		for line := range strings.Lines(paragraph) {
			switch {
			case strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
				fields[last] += " " + strings.TrimSpace(line)
			default:
				name, value, _ := strings.Cut(line, ":")
				last = strings.ToLower(strings.TrimSpace(name))
				fields[last] = strings.TrimSpace(value)
			}
		}
		list = append(list, paragraphSources(fields)...)
	}
	return list
}

func paragraphSources(fields map[string]string) []source {
	if !slices.Contains(strings.Fields(fields["types"]), "deb") || fields["enabled"] == "no" {
		return nil
	}
	var options []string
	// A key that stands in the file itself would not fit into one line; apt's own keys are used then.
	if by := fields["signed-by"]; strings.HasPrefix(by, "/") {
		options = append(options, "signed-by="+strings.Join(strings.Fields(by), ","))
	}
	for field, option := range map[string]string{"trusted": "trusted", "check-valid-until": "check-valid-until"} {
		if value := fields[field]; value != "" {
			options = append(options, option+"="+value)
		}
	}
	slices.Sort(options)
	var list []source
	for _, uri := range strings.Fields(fields["uris"]) {
		for _, suite := range strings.Fields(fields["suites"]) {
			list = append(list, source{options, uri, suite, strings.Fields(fields["components"])})
		}
	}
	return list
}
