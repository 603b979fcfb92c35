package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"judge/judge/problem"
	"judge/sandbox"
)

// A Provenance is what a result rests on. Two gradings of the same with equal ones
// should differ in their times alone. Digests are "sha256:" and hexadecimal; "" is
// what could not be found out.
type Provenance struct {
	Judge   string `json:"judge"`          // its version
	Package string `json:"package_digest"` // of the problem's files, but those of its submissions
	Source  string `json:"source_digest"`  // of the submission's files, names included

	Policy        *sandbox.PolicyID `json:"policy"`         // of the submission's runs; null if nothing was run
	CompilePolicy *sandbox.PolicyID `json:"compile_policy"` // null if no compiler was started
	Rootfs        *sandbox.RootfsID `json:"rootfs"`         // under these; null without either

	Host

	// Unfair is why the host cannot measure fairly, where somebody has asked the doctor and he says so: times tell of
	// others, too.
	Unfair []string `json:"cannot_measure_fairly,omitempty"`
}

// A Host is the machine, as far as it bears on times.
type Host struct {
	Kernel    string `json:"kernel"` // its release
	Arch      string `json:"arch"`   // as Go calls it
	CPU       string `json:"cpu"`    // model
	Microcode string `json:"microcode"`
}

// ThisHost is the machine, as the kernel tells of it.
func ThisHost() Host {
	h := Host{Arch: runtime.GOARCH}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		h.Kernel = strings.TrimSpace(string(release))
	}
	// The first processor's lines are enough: on machines with hundreds the file
	// takes long to make. No processor has as much as this.
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		text := make([]byte, 16<<10)
		n, _ := io.ReadFull(f, text) // as much as there is
		h.CPU, h.Microcode = cpuOf(string(text[:n]))
	}
	return h
}

// cpuOf finds model and microcode in /proc/cpuinfo. Source: show_cpuinfo of
// arch/x86/kernel/cpu/proc.c; arm64 has numbers instead (arch/arm64/kernel/cpuinfo.c).
func cpuOf(cpuinfo string) (model, microcode string) {
	first, _, _ := strings.Cut(cpuinfo, "\n\n")
	fields := map[string]string{}
	for line := range strings.Lines(first) {
		key, value, _ := strings.Cut(line, ":")
		fields[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	model = fields["model name"]
	if part := fields["CPU part"]; model == "" && part != "" {
		model = fmt.Sprintf("implementer %s part %s variant %s revision %s",
			fields["CPU implementer"], part, fields["CPU variant"], fields["CPU revision"])
	}
	return model, fields["microcode"]
}

// prove writes down what a result rests on.
func (d *Docket) prove(s Submission, r *Result) {
	p := &Provenance{Judge: d.engine.opts.Version, Package: d.digest, Host: d.engine.host, Unfair: d.engine.opts.Unfair}
	p.Source, _ = digestOf(s.Files) // a file that cannot be read is the result's JE already
	if c := r.Compile; c != nil && c.Report != nil {
		p.CompilePolicy, p.Rootfs = &c.Report.Policy, &c.Report.Rootfs
	}
	for _, c := range r.Cases {
		if c.Report != nil {
			p.Policy, p.Rootfs = &c.Report.Policy, &c.Report.Rootfs
			break
		}
	}
	r.Provenance = p
}

// digestOf is the digest of files: one over the lines "SUM  NAME", as sha256sum
// writes them, in the order of the names.
func digestOf(files []problem.File) (string, error) {
	lines := make([]string, 0, len(files))
	for _, f := range files {
		sum, err := sumOf(f.Path)
		if err != nil {
			return "", err
		}
		lines = append(lines, sum+"  "+f.Name+"\n")
	}
	return digestOfLines(lines), nil
}

func digestOfLines(lines []string) string {
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2*sha256.Size:], b[2*sha256.Size:]) })
	h := sha256.New()
	for _, line := range lines {
		io.WriteString(h, line) // a hash takes all
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func sumOf(path string) (string, error) {
	h := sha256.New()
	if err := hashFile(h, path); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// packageDigest is the digest of a package on disk, but for its submissions: these
// are judged by it. Of a link the target's name counts; what has no content does not.
func packageDigest(p *problem.Problem) string {
	judged := map[string]bool{}
	for _, s := range p.Submissions {
		judged[s.Path] = true
	}
	var lines []string
	err := filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if judged[path] {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		sum := ""
		switch {
		case d.IsDir() && path != p.Dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir // a repository's history, say
		case d.Type().IsRegular():
			sum, err = sumOf(path)
		case d.Type()&fs.ModeSymlink != 0:
			var target string
			target, err = os.Readlink(path)
			sum = fmt.Sprintf("%x", sha256.Sum256([]byte("-> "+target)))
		default:
			return nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since it was listed: an editor's
		}
		name, _ := filepath.Rel(p.Dir, path) // it is below
		lines = append(lines, sum+"  "+filepath.ToSlash(name)+"\n")
		return err
	})
	if err != nil {
		return ""
	}
	return digestOfLines(lines)
}

// PackageDigest is [Provenance.Package] of a problem; "" if it cannot be found out.
func PackageDigest(p *problem.Problem) string { return packageDigest(p) }

// SourceDigest is [Provenance.Source] of a submission.
func SourceDigest(s Submission) (string, error) { return digestOf(s.Files) }
