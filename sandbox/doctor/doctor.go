// Package doctor says what a host lacks for judging safely and for measuring
// fairly, what comes of that, and what mends it.
//
//	Collect      the host -> Facts: files as they are, and answers of the kernel
//	Diagnose     pure: Facts -> Diagnosis; tested on hosts that are only text
//
// The proof is a run of /bin/true in a sandbox, which is one of the facts; the
// others explain it. What [sandbox.Ready] finds is what judge run would find,
// so the two cannot disagree.
package doctor

import _ "embed" // the schema

// Version of the form of a diagnosis in JSON. Fields may be added without a new one.
const Version = 1

// Schema is the JSON Schema of a Diagnosis.
//
//go:embed doctor.schema.json
var Schema string

// A Mark says how a finding bears on its verdict.
type Mark string

const (
	OK   Mark = "ok"
	Warn Mark = "warn" // reservations
	Fail Mark = "fail" // the verdict is no
)

// A Concern is the verdict that a finding counts for.
type Concern string

const (
	Safe Concern = "safe" // judging safely
	Fair Concern = "fair" // measuring fairly
	Net  Concern = "net"  // giving runs a network
)

// A Finding is one requirement, and how the host meets it.
type Finding struct {
	Group   string  `json:"group"`
	Name    string  `json:"name"` // unique
	Concern Concern `json:"concern"`
	Mark    Mark    `json:"mark"`
	Found   string  `json:"found"`
	// Of what is not ok: what is needed instead, what comes of it as it is, and the
	// command, or the advice, that mends it; lines, "" if nothing does.
	Needed      string `json:"needed"`
	Consequence string `json:"consequence"`
	Mend        string `json:"mend"`
}

// An Answer is a verdict's.
type Answer string

const (
	Yes          Answer = "yes"
	Reservations Answer = "with reservations"
	No           Answer = "no"
)

// A Verdict is an answer and the names of the findings that it rests on.
type Verdict struct {
	Answer  Answer   `json:"answer"`
	Because []string `json:"because"` // never nil
}

// A Diagnosis is all that was found of a host.
type Diagnosis struct {
	Version  int       `json:"version"`
	System   string    `json:"system"` // of the host, for people
	Kernel   string    `json:"kernel"`
	Arch     string    `json:"arch"`
	Safe     Verdict   `json:"can_judge_safely"`
	Fair     Verdict   `json:"can_measure_fairly"`
	Net      Verdict   `json:"can_give_networks"`
	Findings []Finding `json:"findings"`
}

// conclude makes a verdict of the findings that concern it. The failures alone
// are named where there are any.
func conclude(all []Finding, c Concern) Verdict {
	names := map[Mark][]string{}
	for _, f := range all {
		if f.Concern == c {
			names[f.Mark] = append(names[f.Mark], f.Name)
		}
	}
	switch {
	case names[Fail] != nil:
		return Verdict{No, names[Fail]}
	case names[Warn] != nil:
		return Verdict{Reservations, names[Warn]}
	}
	return Verdict{Yes, []string{}}
}

// A ward is where findings are noted down.
type ward struct {
	f       Facts
	group   string
	concern Concern
	out     []Finding
}

func (w *ward) enter(group string, c Concern) { w.group, w.concern = group, c }

func (w *ward) ok(name, found string) {
	w.out = append(w.out, Finding{Group: w.group, Name: name, Concern: w.concern, Mark: OK, Found: found})
}

// ill notes what is not as it should be.
func (w *ward) ill(m Mark, name, found, needed, consequence, mend string) {
	w.out = append(w.out, Finding{w.group, name, w.concern, m, found, needed, consequence, mend})
}

// proven says that a run went well.
func (f Facts) proven() bool {
	return f.Refused == nil && f.Run.Failure == nil && f.Run.Status == "ok"
}

// soften makes reservations of what would keep judge from running, for it ran:
// it has another way there, with less to hold a run by.
func (w *ward) soften() {
	for i := range w.out {
		if w.out[i].Mark == Fail {
			w.out[i].Mark = Warn
		}
	}
}

// Diagnose decides what the facts amount to.
func Diagnose(f Facts) Diagnosis {
	w := &ward{f: f}
	w.enter("proof", Safe)
	w.proof()
	w.enter("kernel", Safe)
	w.kernel()
	w.enter("cgroups", Safe)
	w.cgroups()
	w.enter("namespaces", Safe)
	w.namespaces()
	w.enter("files", Safe)
	w.files()
	w.enter("walls", Safe)
	w.walls()
	w.enter("caller", Safe)
	w.caller()
	w.enter("memory", Safe)
	w.memory()
	if f.proven() {
		w.soften()
	}
	w.enter("measuring", Fair)
	w.measuring()
	w.enter("networks", Net)
	w.networks()
	return Diagnosis{
		Version: Version, System: f.system(), Kernel: f.Kernel, Arch: f.Arch,
		Safe: conclude(w.out, Safe), Fair: conclude(w.out, Fair), Net: conclude(w.out, Net), Findings: w.out,
	}
}
