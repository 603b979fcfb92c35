package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed" // what the page is made of
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strconv"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

//go:embed page/page.css
var pageStyle string

//go:embed page/data.js
var pageData string

//go:embed page/charts.js
var pageCharts string

//go:embed page/table.js
var pageTable string

//go:embed page/cases.js
var pageCases string

//go:embed page/details.js
var pageDetails string

// HTML makes one page that needs nothing else: no network, no other file. It holds
// the submissions as JSON, and a script shows those that are looked at, a hundred at a
// time, so that ten thousand open at once. Without scripts there is a table of all.
//
// The policy in its head allows the page's own style and script, by their digests, and
// nothing else: whatever a submission could smuggle in would not run.
type HTML struct {
	w       io.Writer
	at      time.Time
	courses []*course
	number  map[string]int // of a problem in courses
	texts   *texts
	rows    bytes.Buffer // JSON
	plain   bytes.Buffer // HTML, for who runs no scripts
	n       int
}

// NewHTML writes to w when all is there. The time is that of the grading.
func NewHTML(w io.Writer, at time.Time) *HTML {
	return &HTML{w: w, at: at, courses: []*course{}, number: map[string]int{}, texts: newTexts()}
}

// Add keeps what the page shows of a result.
func (h *HTML) Add(r *judge.Result) error {
	at, known := h.number[r.Problem]
	if !known {
		at = len(h.courses)
		h.number[r.Problem] = at
		h.courses = append(h.courses, &course{Name: clip(r.Problem, shortText), Cases: []string{}, Order: []int{}, counts: Counts{}, number: map[string]int{}})
	}
	c := h.courses[at]
	c.counts.Add(r)
	text, err := json.Marshal(rowOf(r, at, c, h.texts))
	if err != nil {
		return fmt.Errorf("keep %s for the page: %w", r.Submission, err)
	}
	if h.n > 0 {
		h.rows.WriteString(",\n")
	}
	h.n++
	h.rows.Write(text)
	h.plainRow(r)
	return nil
}

// plainRow is the submission's line of the table for who runs no scripts.
func (h *HTML) plainRow(r *judge.Result) {
	cell := func(s string) { fmt.Fprintf(&h.plain, "<td>%s</td>", escape(s, 400)) }
	fmt.Fprintf(&h.plain, "<tr><th scope=row>%s</th>", escape(r.Submission, 300))
	if len(h.courses) > 1 {
		cell(r.Problem)
	} else {
		cell(r.Language)
	}
	fmt.Fprintf(&h.plain, "<td><b class=\"v %s\">%s</b></td>", escape(string(r.Verdict), 10), escape(string(r.Verdict), 10))
	cell(scoreText(r.Score))
	cell(r.CPUTime.Round(100 * time.Microsecond).String())
	cell(fmt.Sprintf("%.1f MiB", float64(r.MemoryPeak)/(1<<20)))
	cell(casesText(r))
	why := r.Reason
	if r.Disagree != "" {
		why = "not as expected: " + news(r)
	}
	cell(why)
	h.plain.WriteString("</tr>\n")
}

func scoreText(s *float64) string {
	if s == nil {
		return "–"
	}
	return strconv.FormatFloat(*s, 'f', -1, 64)
}

// casesText sums up the cases in a few words.
func casesText(r *judge.Result) string {
	n := Counts{}
	for _, c := range r.Cases {
		n[c.Verdict]++
	}
	words := n.Words()
	if n := CachedCases(r); n > 0 {
		words += fmt.Sprintf("; %d cached", n)
	}
	return words
}

func escape(s string, limit int) string { return html.EscapeString(clip(s, limit)) }

// Close writes the page.
func (h *HTML) Close() error {
	script := pageData + pageElements + pageCharts + pageCases + pageDetails + pageTable
	w := bufio.NewWriterSize(h.w, 64<<10)
	title := "judge report"
	if len(h.courses) == 1 {
		title = h.courses[0].Name + " – judge report"
	}
	fmt.Fprintf(w, "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"+
		"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n"+
		"<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n<meta name=referrer content=no-referrer>\n"+
		"<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n", digest(pageStyle), digest(script), html.EscapeString(title), pageStyle)
	h.summary(w)
	h.fallback(w)
	io.WriteString(w, "<div id=app hidden></div>\n</main>\n") // errors are Flush's
	if err := h.data(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "<script>%s</script>\n</body>\n</html>\n", script)
	return w.Flush()
}

// digest is how a content security policy names an inline style or script.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// summary is a table of problems and verdicts.
func (h *HTML) summary(w io.Writer) {
	all := Counts{}
	for _, c := range h.courses {
		for v, n := range c.counts {
			all[v] += n
		}
	}
	name := fmt.Sprintf("%d problems", len(h.courses))
	if len(h.courses) == 1 {
		name = h.courses[0].Name
	}
	fmt.Fprintf(w, "<header><h1>%s</h1>\n<p>Graded by judge, <time datetime=\"%s\">%s</time>. %s.%s</p></header>\n<main>\n", escape(name, shortText),
		h.at.UTC().Format(time.RFC3339), h.at.UTC().Format("2 January 2006, 15:04 UTC"), escape(all.String(), 400), doubtText(all))
	fmt.Fprint(w, "<section id=summary><h2>Verdicts</h2>\n<div class=wide tabindex=0 role=region aria-label=\"Verdicts\"><table><caption class=vh>How many submissions came to each verdict</caption>\n<thead><tr><th scope=col>Problem</th><th scope=col class=num>Submissions</th>")
	for _, v := range order {
		if all[v] > 0 {
			fmt.Fprintf(w, "<th scope=col class=num><abbr class=\"v %s\" title=\"%s\">%s</abbr></th>", v, meaning[v], v)
		}
	}
	fmt.Fprint(w, "<th scope=col class=num>Not as expected</th></tr></thead>\n<tbody>\n")
	for _, c := range h.courses {
		fmt.Fprintf(w, "<tr><th scope=row>%s</th><td class=num>%d</td>", html.EscapeString(c.Name), c.counts.Submissions())
		for _, v := range order {
			if all[v] > 0 {
				fmt.Fprintf(w, "<td class=num>%d</td>", c.counts[v])
			}
		}
		fmt.Fprintf(w, "<td class=num>%d</td></tr>\n", c.counts[odd])
	}
	fmt.Fprint(w, "</tbody></table></div></section>\n")
}

// doubtText says in the page's head which times are not of this grading, or of hosts that cannot measure.
func doubtText(all Counts) string {
	text := ""
	if cached := all.Cached(); cached != "" {
		text += " " + cached + " judge grade --fresh measures anew."
	}
	for _, more := range []string{all.Unfair(), all.Audited()} {
		if more != "" {
			text += " " + more
		}
	}
	return text
}

var meaning = map[problem.Verdict]string{problem.AC: "accepted", problem.PAC: "accepted, with a score below the best", problem.WA: "wrong answer",
	problem.TLE: "time limit exceeded", problem.MLE: "memory limit exceeded", problem.OLE: "output limit exceeded", problem.RTE: "run-time error",
	problem.CE: "does not compile", problem.JE: "judge's own error"}

// fallback is the table for who runs no scripts; browsers that do, do not read it.
func (h *HTML) fallback(w io.Writer) {
	second := "Language"
	if len(h.courses) > 1 {
		second = "Problem"
	}
	fmt.Fprintf(w, "<noscript><section><h2>Submissions</h2>\n<p>Plots, filters and single cases need scripts.</p>\n<div class=wide><table class=plain><caption class=vh>Submissions</caption>\n"+
		"<thead><tr><th scope=col>Submission</th><th scope=col>%s</th><th scope=col>Verdict</th><th scope=col>Score</th><th scope=col>CPU time</th><th scope=col>Memory</th><th scope=col>Cases</th><th scope=col>Reason</th></tr></thead>\n<tbody>\n", second)
	h.plain.WriteTo(w)
	fmt.Fprint(w, "</tbody></table></div></section></noscript>\n")
}

// data is what the script reads. encoding/json writes <, > and & as escapes, so
// nothing in it ends the element.
func (h *HTML) data(w io.Writer) error {
	head, err := json.Marshal(struct {
		Problems []*course `json:"problems"`
		Texts    []string  `json:"texts"`
	}{h.courses, h.texts.list})
	if err != nil {
		return fmt.Errorf("write the page's data: %w", err)
	}
	fmt.Fprintf(w, "<script type=application/json id=data>%s,\"rows\":[\n", bytes.TrimSuffix(head, []byte("}")))
	h.rows.WriteTo(w)
	_, err = io.WriteString(w, "\n]}</script>\n")
	return err
}
