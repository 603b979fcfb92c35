// Package oci reads bundles of the OCI runtime specification, and says as what
// judge would run them: a policy, a program, and what of the bundle judge cannot
// do. It starts nothing.
//
// Nothing is passed over in silence. What would confine the run less than the
// bundle asks, or leave it in a world that it did not ask for, is an error; where
// judge confines it more, that is a note, and so is noexec where a run writes,
// which does not hold: runc spec has it. Each part of the configuration that is
// dealt with is cleared; what is left in the end nobody has dealt with, and is an
// error, too.
package oci

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/policy"
)

// A Run is what a bundle is run as.
type Run struct {
	Policy   policy.Policy
	Args     []string // Args[0] is looked up inside
	Terminal bool
	Notes    []Note // what judge does otherwise than the bundle has it: but for noexec, more strictly
}

// A Note is about a part of config.json.
type Note struct {
	Path string // "linux.resources.memory.swap"
	Text string
}

func (n Note) String() string { return n.Path + ": " + n.Text }

// Errors are all that keeps judge from running a bundle.
type Errors []Note

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, n := range e {
		lines[i] = "config.json: " + n.String()
	}
	return strings.Join(lines, "\n")
}

// maxConfig bounds what is read: a configuration is some kilobytes.
const maxConfig = 16 << 20

// Load reads the bundle in a directory.
func Load(bundle string) (Run, error) {
	bundle, err := filepath.Abs(bundle)
	if err != nil {
		return Run{}, fmt.Errorf("find the bundle: %w", err)
	}
	name := filepath.Join(bundle, "config.json")
	info, err := os.Stat(name)
	if err != nil {
		return Run{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return Run{}, fmt.Errorf("%s is no file of at most %d bytes", name, maxConfig)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return Run{}, err
	}
	return Translate(data, bundle)
}

// Translate makes a run of the text of a configuration. bundle is the directory
// that its relative paths start from.
func Translate(config []byte, bundle string) (Run, error) {
	var spec specs.Spec
	if err := json.Unmarshal(config, &spec); err != nil {
		return Run{}, badJSON(config, err)
	}
	base, _ := policy.Builtin("default")
	t := &translation{spec: &spec, bundle: bundle, policy: base}
	t.policy.Name, t.policy.Limits = "oci", policy.Limits{WallTime: policy.NoWallTime, Stack: usualStack}
	t.unknown(config)
	t.version()
	t.process()
	t.root()
	t.names()
	t.mounts()
	t.hooks()
	if t.spec.Linux == nil {
		t.spec.Linux = &specs.Linux{}
	}
	t.namespaces()
	t.resources()
	t.devices()
	t.paths()
	t.seccomp()
	t.labels()
	t.left()
	if len(t.errors) > 0 {
		return Run{}, t.errors
	}
	if err := t.policy.Check(); err != nil {
		return Run{}, fmt.Errorf("config.json asks for what no policy can say: %w", err)
	}
	return Run{t.policy, t.args, t.terminal, t.notes}, nil
}

// usualStack is Linux's default (RLIMIT_STACK), for bundles that name none.
const usualStack = 8 << 20

// badJSON says where.
func badJSON(config []byte, err error) error {
	at := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	if at < 0 || at > int64(len(config)) {
		return fmt.Errorf("config.json: %w", err)
	}
	before := string(config[:at])
	return fmt.Errorf("config.json:%d: %w", 1+strings.Count(before, "\n"), err)
}

// translation is one on its way. What is dealt with is cleared in spec.
type translation struct {
	spec   *specs.Spec
	bundle string

	policy   policy.Policy
	args     []string
	terminal bool
	readonly bool // its root
	notes    []Note
	errors   Errors
}

func (t *translation) note(path, format string, args ...any) {
	t.notes = append(t.notes, Note{path, fmt.Sprintf(format, args...)})
}

func (t *translation) refuse(path, format string, args ...any) {
	t.errors = append(t.errors, Note{path, fmt.Sprintf(format, args...)})
}

// take clears a value that has been dealt with, and gives what it was.
func take[T any](v *T) T {
	was := *v
	var zero T
	*v = zero
	return was
}

func (t *translation) version() {
	v := take(&t.spec.Version)
	if v != "1" && !strings.HasPrefix(v, "1.") {
		t.refuse("ociVersion", "%q: judge knows versions 1.x", v)
	}
	if len(take(&t.spec.Annotations)) > 0 {
		t.note("annotations", "they mean nothing to judge")
	}
}

// names are those of the machine.
func (t *translation) names() {
	t.policy.Identity.Hostname = take(&t.spec.Hostname)
	if d := take(&t.spec.Domainname); d != "" {
		t.note("domainname", "%q is not set: a run has none", d)
	}
}

func (t *translation) hooks() {
	h := take(&t.spec.Hooks)
	if h == nil {
		return
	}
	for name, list := range sorted(map[string][]specs.Hook{
		//lint:ignore SA1019 deprecated, and still in bundles
		"prestart": h.Prestart, "createRuntime": h.CreateRuntime, "createContainer": h.CreateContainer,
		"startContainer": h.StartContainer, "poststart": h.Poststart, "poststop": h.Poststop,
	}) {
		if len(list) > 0 {
			t.refuse("hooks."+name, "judge starts no programs on the host")
		}
	}
}

// labels are what other parts of the kernel would be told.
func (t *translation) labels() {
	l := t.spec.Linux
	if s := take(&l.MountLabel); s != "" {
		t.refuse("linux.mountLabel", "judge sets no labels of SELinux")
	}
	if len(take(&l.Sysctl)) > 0 {
		t.note("linux.sysctl", "not set: a run's settings are the kernel's own, and read-only")
	}
	if p := take(&l.Personality); p != nil && (p.Domain != specs.PerLinux || len(p.Flags) > 0) {
		t.refuse("linux.personality", "only LINUX without flags")
	}
	switch p := take(&l.RootfsPropagation); p {
	case "", "private", "rprivate", "slave", "rslave", "unbindable", "runbindable":
	default:
		t.note("linux.rootfsPropagation", "%s: mounts of a run are private", p)
	}
	if take(&l.CgroupsPath) != "" {
		t.note("linux.cgroupsPath", "the run's cgroup is judge's to name; judge run --cgroup says below which it goes")
	}
}

// left finds what nobody has dealt with.
func (t *translation) left() {
	data, err := json.Marshal(t.spec)
	if err != nil {
		t.refuse("", "%v", err)
		return
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.refuse("", "%v", err)
		return
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, e := range sorted(v) {
				walk(join(path, key), e)
			}
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), e)
			}
		case nil:
		default:
			if v != "" && v != float64(0) && v != false {
				t.refuse(path, "judge cannot do that")
			}
		}
	}
	walk("", tree)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// sorted walks a map in the order of its keys: a bundle has the same notes each time.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
