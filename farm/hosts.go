package farm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"judge/judge"
)

// A HostInfo is what a worker found of its machine when it began.
type HostInfo struct {
	judge.Host
	Cores int `json:"cores"` // physical ones, that judge may use
	// Reference is the processor time of a reference program, the median of some runs; 0 was not measured.
	Reference time.Duration `json:"reference_ns"`
	// The doctor's answers, and what he has against measuring here: "yes", "with reservations", "no"; "" was not asked.
	Safe   string   `json:"can_judge_safely"`
	Fair   string   `json:"can_measure_fairly"`
	Unfair []string `json:"cannot_measure_fairly,omitempty"` // why not
}

// SameCPU has a batch judged on one model of processor, whichever.
const SameCPU = "same"

// chooseCPU decides which model is meant by its name, by a part of that, or by [SameCPU]: then it is that of which
// most can be judged at once; "" is any. The error is a [*Refusal].
func chooseCPU(want string, labels []string, workers []WorkerInfo) (string, error) {
	if want == "" {
		return "", nil
	}
	hands := map[string]int{}
	for _, w := range workers {
		if w.Host.CPU != "" && lacks(labels, w.Labels) == "" {
			hands[w.Host.CPU] += w.Jobs
		}
	}
	models := slices.SortedFunc(maps.Keys(hands), func(a, b string) int { return cmp.Or(hands[b]-hands[a], strings.Compare(a, b)) })
	if len(models) == 0 {
		return "", &Refusal{What: fmt.Sprintf("--cpu %q: no worker is there that could take the batch", want), Hint: "judge worker starts one; judge status lists them"}
	}
	if want == SameCPU {
		return models[0], nil
	}
	var meant []string
	for _, m := range models {
		switch {
		case m == want:
			return m, nil
		case strings.Contains(strings.ToLower(m), strings.ToLower(want)):
			meant = append(meant, m)
		}
	}
	if len(meant) == 1 {
		return meant[0], nil
	}
	e := &Refusal{What: fmt.Sprintf("--cpu %q: no worker has such a processor", want), Hint: "there are: " + strings.Join(models, "; ")}
	if len(meant) > 1 {
		e.What, e.Hint = fmt.Sprintf("--cpu %q may be each of %d models", want, len(meant)), strings.Join(meant, "; ")
	}
	return "", e
}

// wants are the lines that a batch adds to the facts of its class.
func (b Batch) wants() []string {
	var lines []string
	if b.CPU != "" {
		lines = append(lines, fmt.Sprintf("cpu %q", b.CPU))
	}
	for _, id := range b.Without {
		lines = append(lines, fmt.Sprintf("not %q", id))
	}
	return lines
}

// unfit says why a worker with these facts takes no jobs of a batch; "" if it does.
func (w *Worker) unfit(b Batch, facts []judge.Fact) string {
	if b.CPU != "" && b.CPU != w.Host.CPU {
		return fmt.Sprintf("it wants the processor %q, this is %q", b.CPU, w.Host.CPU)
	}
	if slices.Contains(b.Without, w.id) {
		return "it judges again what this worker judged"
	}
	if want, here := archOf(b.Facts), archOf(facts); len(b.Roots) > 0 && want != here {
		return fmt.Sprintf("its root file systems are for %s, this is %s", want, here)
	}
	if classOf(facts, b.Labels, b.wants()...) != b.Class {
		return other(b.Facts, facts)
	}
	if label := lacks(b.Labels, w.Labels); label != "" {
		return "it has not the label " + label
	}
	return ""
}

// archOf is the kind of processor that facts were found on; "" if they do not say.
func archOf(facts []judge.Fact) string {
	for _, f := range facts {
		if f.What == judge.FactProcessor {
			arch, _, _ := strings.Cut(f.Value, " ")
			return arch
		}
	}
	return ""
}

// A mark is what a verdict says of the host that it was found on.
type mark struct {
	CPU    string   `json:"cpu,omitempty"`
	Unfair []string `json:"unfair,omitempty"`
}

func (w *Worker) mark() mark { return mark{CPU: w.Host.CPU, Unfair: w.Host.Unfair} }

// markOn adds to a result what hosts its cases were judged on, beside the one that came to the result.
func (m mark) markOn(p *judge.Provenance) {
	if p == nil {
		return
	}
	for _, why := range m.Unfair {
		if !slices.Contains(p.Unfair, why) {
			p.Unfair = append(p.Unfair, why)
		}
	}
	if m.CPU != "" && !slices.Contains(strings.Split(p.CPU, "; "), m.CPU) {
		p.CPU += "; " + m.CPU
	}
}
