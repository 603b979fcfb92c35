package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// maxMessage bounds what one failure says.
const maxMessage = 4000

// JUnit writes JUnit XML: a test suite a submission, a test case a case. It is valid
// against the schemas of Jenkins (junit-4.xsd and newer) and of Ant.
//
// A case that is not accepted is a failure, JE an error. But of a submission that is as
// expected, or accepted as a whole though a case is not (a sample that does not count),
// none fails. The case "expectation" says whether what was expected came.
type JUnit struct {
	w    *bufio.Writer
	next int
	at   time.Time
	host string
}

// NewJUnit begins a document. The host is the machine's name, the time that of the
// grading.
func NewJUnit(w io.Writer, at time.Time, host string) *JUnit {
	return &JUnit{w: bufio.NewWriter(w), at: at, host: cmp.Or(host, "localhost")}
}

type junitSuite struct {
	XMLName    xml.Name        `xml:"testsuite"`
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Name       string          `xml:"name,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Error   *junitFault `xml:"error"`
	Failure *junitFault `xml:"failure"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// Add writes a test suite.
func (j *JUnit) Add(r *judge.Result) error {
	if j.next == 0 {
		j.begin()
	}
	s := suiteOf(r)
	s.ID, s.Timestamp, s.Hostname = j.next, j.at.UTC().Format("2006-01-02T15:04:05"), j.host
	j.next++
	text, err := xml.MarshalIndent(s, "  ", "  ")
	if err != nil {
		return fmt.Errorf("write %s as JUnit XML: %w", r.Submission, err)
	}
	j.w.Write(text) // its error is Flush's
	j.w.WriteByte('\n')
	return j.w.Flush()
}

// Close ends the document.
func (j *JUnit) Close() error {
	if j.next == 0 {
		j.begin()
	}
	j.w.WriteString("</testsuites>\n")
	return j.w.Flush()
}

func (j *JUnit) begin() { j.w.WriteString(xml.Header + "<testsuites>\n") }

func suiteOf(r *judge.Result) *junitSuite {
	s := &junitSuite{Package: cmp.Or(r.Problem, "problem"), Name: cmp.Or(r.Submission, "submission")}
	s.Properties = []junitProperty{{"language", r.Language}, {"verdict", string(r.Verdict)}}
	if r.Score != nil {
		s.Properties = append(s.Properties, junitProperty{"score", fmt.Sprint(*r.Score)})
	}
	if n := CachedCases(r); n > 0 { // whose times are of another grading
		s.Properties = append(s.Properties, junitProperty{"cached_cases", fmt.Sprint(n)})
	}
	if r.Compile != nil && r.Compile.Cached {
		s.Properties = append(s.Properties, junitProperty{"compile_cached", "true"})
	}
	if p := r.Provenance; p != nil {
		s.Properties = append(s.Properties, junitProperty{"judge", p.Judge}, junitProperty{"package_digest", p.Package},
			junitProperty{"source_digest", p.Source}, junitProperty{"kernel", p.Kernel}, junitProperty{"cpu", p.CPU}, junitProperty{"microcode", p.Microcode})
	}
	if p := r.Provenance; p != nil && len(p.Unfair) > 0 {
		s.Properties = append(s.Properties, junitProperty{"cannot_measure_fairly", strings.Join(p.Unfair, "; ")})
	}
	var total time.Duration
	add := func(name string, v problem.Verdict, bad bool, message, text string, took time.Duration) {
		c := junitCase{Name: name, Class: cmp.Or(r.Problem, "problem") + "." + cmp.Or(r.Submission, "submission"), Time: seconds(took)}
		fault := &junitFault{Message: clip(cmp.Or(message, string(v)), maxMessage), Type: string(v), Text: clip(text, maxMessage)}
		switch {
		case v == problem.JE:
			c.Error = fault
			s.Errors++
		case bad:
			c.Failure = fault
			s.Failures++
		}
		total += took
		s.Tests++
		s.Cases = append(s.Cases, c)
	}
	met := !failed(r)
	if c := r.Compile; c != nil {
		took := time.Duration(0)
		if c.Report != nil {
			took = time.Duration(c.Report.WallTime)
		}
		add("compile", problem.CE, !c.OK && !met && r.Verdict == problem.CE, r.Reason, c.Output, took)
	}
	for _, c := range r.Cases {
		took, text := time.Duration(0), ""
		if c.Report != nil {
			took = time.Duration(c.Report.CPUTime)
		}
		if c.Checker != nil {
			text = c.Checker.Message
		}
		add(c.Name, c.Verdict, c.Verdict != problem.AC && !met, c.Reason, text, took)
	}
	switch {
	case r.Agrees != nil:
		add("expectation", "expectation", !*r.Agrees, r.Disagree, "", 0)
	case failed(r) && s.Failures+s.Errors == 0: // by no case: the language, a score, a group's rule
		add("verdict", r.Verdict, true, r.Reason, "", 0)
	}
	if r.Verdict == problem.JE && s.Errors == 0 {
		add("judge", problem.JE, true, r.Reason, "", 0)
	}
	s.Time = seconds(total)
	s.Out = clip(fmt.Sprintf("%s %s", r.Verdict, r.Reason), maxMessage)
	return s
}

// seconds as xs:decimal has them, which knows no exponent.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d.%06d", d/time.Second, d%time.Second/1000)
}
