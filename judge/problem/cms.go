package problem

import (
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// CMS's Italian format: "External contest formats", "Italian import format" in CMS's
// manual, and its loader cmscontrib/loaders/italy_yaml.py where the manual is silent.

var cmsKeys = []string{"name", "nome_breve", "title", "nome", "n_input", "score_mode", "score_type", "score_type_parameters",
	"score_precision", "time_limit", "timeout", "memory_limit", "memlimit", "public_testcases", "risultati", "output_only",
	"total_value", "infile", "outfile", "primary_language", "num_processes", "user_io", "version", "description",
	"submission_format", "feedback_level", "task_type", "sample_input", "syllabuslevel"}

// A cmsTask is what task.yaml says, as far as it is not in Problem.
type cmsTask struct {
	inputs     int // -1: not given
	inputsAt   Place
	total      float64
	public     string
	processes  int
	userIO     string
	scoreType  string
	parameters value // of the score type; node nil if not given
	ioGiven    bool
}

func (r *reader) cms() {
	doc, ok := r.yaml("task.yaml")
	if !ok {
		if r.stat("task.yaml") == nil {
			r.fail(Missing, Place{File: "task.yaml"}, "is missing")
		}
		return
	}
	p := r.problem
	p.WriteFiles = true
	p.Limits = kattisDefaults()
	// CMS gives a submission 100 KB of source by default (max_submission_length) and
	// knows no limit of output but that of a file.
	p.Limits.Code, p.Limits.Output = 100000, 1024*mebi
	p.Limits.Memory = 0
	p.Limits.Timing = Timing{Lower: 1, Upper: 1, Resolution: time.Millisecond}
	t := cmsTask{inputs: -1, total: 100, processes: 1}
	for _, f := range doc.fields() {
		r.cmsKey(f, &t)
	}
	if p.Limits.Memory == 0 {
		p.Limits.Memory = 512 * mebi
		if !p.Type.SubmitAnswer {
			r.warn(BadLimits, doc.place(), "gives no memory_limit, which CMS takes for none; here it is 512 MiB")
		}
	}
	if p.Limits.Time == 0 && !p.Type.SubmitAnswer {
		p.Limits.Time, p.Limits.TimeFrom = plainTime, "default"
		r.warn(BadLimits, doc.place(), "gives no time_limit, which CMS takes for none; here it is %v", plainTime)
	}
	r.checkIO(doc.place())
	checks := r.cmsChecker()
	r.cmsType(&t)
	r.cmsData(t, checks)
	r.cmsSolutions()
}

// cmsKey reads one key; many have an Italian name as well.
func (r *reader) cmsKey(f field, t *cmsTask) {
	p := r.problem
	switch f.name {
	case "name", "nome_breve":
		if s, ok := f.str(); ok && plainName(s) {
			p.Name = s
		}
	case "title", "nome":
		p.Title, _ = f.str()
	case "n_input":
		if n, ok := f.count(0, maxEntries); ok {
			t.inputs, t.inputsAt = int(n), f.place()
		}
	case "time_limit", "timeout":
		if s, ok := f.positive(maxSeconds); ok {
			p.Limits.Time, p.Limits.TimeFrom = seconds(s), "task.yaml"
		}
	case "memory_limit", "memlimit":
		if n, ok := f.count(1, math.MaxInt32); ok {
			p.Limits.Memory = n * mebi
		}
	case "public_testcases", "risultati":
		t.public, _ = f.str()
	case "output_only":
		p.Type.SubmitAnswer, _ = f.boolean()
	case "total_value":
		if x, ok := f.positive(1e9); ok {
			t.total = x
		}
	case "infile":
		p.InputFile, _ = f.str()
		t.ioGiven = true
	case "outfile":
		p.OutputFile, _ = f.str()
		t.ioGiven = true
	default:
		r.cmsTaskKey(f, t)
	}
}

// cmsTaskKey reads the keys that say of which type the task is and how it is scored.
func (r *reader) cmsTaskKey(f field, t *cmsTask) {
	switch f.name {
	case "num_processes":
		if n, ok := f.count(1, 64); ok {
			t.processes = int(n)
		}
	case "user_io":
		t.userIO, _ = f.choice("std_io", "fifo_io")
	case "score_type":
		t.scoreType, _ = f.choice("Sum", "GroupMin", "GroupMul", "GroupThreshold")
	case "score_type_parameters":
		t.parameters = f.value
	case "task_type":
		r.cmsTaskType(f)
	default:
		if !oneOf(f.name, cmsKeys...) && !strings.HasPrefix(f.name, "token_") &&
			!strings.HasPrefix(f.name, "max_") && !strings.HasPrefix(f.name, "min_") {
			f.unknown(cmsKeys)
		}
	}
}

// cmsTaskType reads a key of a fork of CMS, whose loader else makes the type out by what
// is there. TwoSteps can be given by it alone.
func (r *reader) cmsTaskType(f field) {
	t := &r.problem.Type
	switch s, ok := f.str(); {
	case !ok, s == "Batch", s == "Communication":
	case s == "OutputOnly":
		t.SubmitAnswer = true
	case s == "TwoSteps":
		t.TwoSteps = true
	default:
		f.fail(Unsupported, "task type %s is not supported", s)
	}
}

// cmsProgram is a manager: built (check/checker) or, failing that, its source beside
// it (check/checker.cpp), which CMS wants compiled beforehand.
func (r *reader) cmsProgram(names ...string) *Program {
	for _, name := range names {
		if e := r.stat(name); e != nil && !e.dir && executable(*e) {
			prog := r.program(name)
			prog.Executable = true
			return prog
		}
	}
	for _, name := range names {
		dir, base := path.Split(name)
		var source *Program
		var headers []File
		for _, e := range r.list(strings.TrimSuffix(dir, "/")) {
			switch {
			case e.dir:
			case oneOf(path.Ext(e.name), ".h", ".hpp"):
				headers = append(headers, File{Name: e.name, Path: e.host})
			case baseName(e.name) == base && sourceFile(e.name) && source == nil:
				source = r.program(e.rel)
			}
		}
		if source != nil {
			source.Extra = headers
			return source
		}
	}
	return nil
}

// sourceFile says that a name is that of a source, in a language that CMS has.
func sourceFile(name string) bool { return cmsExtensions[path.Ext(name)] != "" }

// cmsChecker reads check/checker; without it, outputs are compared by white-diff.
func (r *reader) cmsChecker() []Check {
	c := &Checker{Kind: CheckWhiteDiff}
	if prog := r.cmsProgram("check/checker", "cor/correttore"); prog != nil {
		c = &Checker{Kind: CheckCMS, Program: prog}
	}
	r.problem.Checkers = []*Checker{c}
	return []Check{{Checker: c}}
}

// cmsType makes out the task type by what is there, as the loader does: a manager is
// Communication, a grader a Batch task that is compiled with it.
func (r *reader) cmsType(t *cmsTask) {
	p := r.problem
	if p.Type.SubmitAnswer {
		p.InputFile, p.OutputFile = "", ""
		return
	}
	if prog := r.cmsProgram("check/manager", "cor/manager"); prog != nil && !p.Type.TwoSteps {
		p.Type.Interactive = true
		p.InputFile, p.OutputFile = "", ""
		stubs := r.cmsIncludes("stub")
		p.Interactor = &Interactor{Kind: InteractCMS, Program: prog, Processes: t.processes,
			FIFOs: t.userIO == "fifo_io" || t.userIO == "" && stubs}
		return
	}
	if p.Type.TwoSteps {
		p.InputFile, p.OutputFile = "", ""
		if !r.cmsIncludes("manager") {
			r.fail(Missing, Place{File: "sol"}, "holds no manager.EXT, which is compiled with both files of a submission (task_type: TwoSteps)")
		}
		return
	}
	r.cmsIncludes("grader")
	if !t.ioGiven {
		r.cmsFiles()
	}
}

// codename is a case's number as CMS writes it.
func codename(i int) string {
	s := strconv.Itoa(i)
	return strings.Repeat("0", max(0, 3-len(s))) + s
}
