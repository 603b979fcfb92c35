package report_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// page writes the page of some results into a file.
func page(t *testing.T, fill func(add func(*judge.Result))) string {
	t.Helper()
	var b bytes.Buffer
	h := report.NewHTML(&b, at)
	fill(func(r *judge.Result) {
		if err := h.Add(r); err != nil {
			t.Fatal(err)
		}
	})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// seen is what a browser has made of a page, its scripts' work included, without the
// scripts and data themselves.
func seen(t *testing.T, path, address string) string {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("feature missing: chromium")
	}
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+path+address)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	text := regexp.MustCompile(`(?s)<(script|style|noscript)[ >].*?</(script|style|noscript)>`).ReplaceAllString(string(out), "")
	if !strings.Contains(text, `<div id="app">`) {
		t.Fatalf("the page's script did not run:\n%.2000s", text)
	}
	return text
}

func rows(dom string) int { return strings.Count(dom, `<th scope="row" class="name">`) }

// TestPageInBrowser: rows, filters, sorting, paging and details, asked by the address as a
// link would.
func TestPageInBrowser(t *testing.T) {
	path := page(t, func(add func(*judge.Result)) {
		batch(250, 20, func(r *judge.Result) {
			if r.Submission == "submissions/accepted/team0_dp.cc" {
				r.Cases[3].Measured = []judge.Measurement{{Verdict: problem.AC, CPUTime: 1950 * time.Millisecond, Counts: true}, {Verdict: problem.AC, CPUTime: 1960 * time.Millisecond, Alone: true}}
				r.Cases[3].Confidence = judge.High
				r.Cases[5].Cached = true
			}
			add(r)
		})
	})
	wa := 0
	batch(250, 20, func(r *judge.Result) {
		if r.Verdict == problem.WA {
			wa++
		}
	})
	if wa == 0 || wa > 100 {
		t.Fatalf("the sample has %d wrong answers", wa)
	}
	for _, c := range []struct {
		name, address string
		rows          int
		has           []string
	}{
		{"a hundred at first, all cases beside them", "", 100, []string{"submissions 1 to 100 of 250", `title="secret/group3/17"`, "1 of 20 cached", ", cached\"", " cases are out of the result cache: ", `aria-sort="ascending"`, "CPU time of the cases. "}},
		{"the last page", "#page=2", 50, []string{"submissions 201 to 250 of 250"}},
		{"one verdict", "#verdict=WA", wa, []string{`data-v="WA" aria-pressed="true"`, " of 250 submissions", ">not judged<"}},
		{"words", "#find=accepted+team1_", 1, []string{"1 of 250 submissions"}},
		{"the slowest first", "#sort=cpu&down=1", 100, []string{`aria-sort="descending"`}},
		{"details", "#show=submissions%2Faccepted%2Fteam0_dp.cc", 100, []string{"<dialog", "What this rests on", "Microcode", "Measured 2 times: AC 1.95s (counts), AC 1.96s alone. High confidence.",
			"Cases 1 of 20 cached", "Out of the result cache: measured by an earlier grading."}},
		{"a filter of cases where none is shown", "#show=submissions%2Faccepted%2Fteam0_dp.cc&only=JE&case=nothing", 100, []string{`aria-rowcount="21"`}},
		{"an address that says nothing", "#problem=99&sort=x&page=-1&verdict=ZZ", 100, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dom := seen(t, path, c.address)
			if got := rows(dom); got != c.rows {
				t.Errorf("%d rows, want %d", got, c.rows)
			}
			for _, text := range c.has {
				if !strings.Contains(dom, text) {
					t.Errorf("the page lacks %q", text)
				}
			}
		})
	}
}

// TestHostilePage: what a submission wrote is text, in the file and in the browser.
func TestHostilePage(t *testing.T) {
	path := page(t, func(add func(*judge.Result)) {
		r := result(hostile, problem.WA, oneCase(hostile, problem.WA, hostile))
		r.Problem, r.Language, r.Reason, r.Disagree, r.Agrees = hostile, hostile, hostile, hostile, yes(false)
		r.Compile = &judge.Compile{Output: hostile}
		r.Groups = []judge.GroupResult{{Name: hostile, Verdict: problem.WA, Score: points(1)}}
		add(r)
	})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("<script")); n != 2 { // data and program
		t.Errorf("%d scripts", n)
	}
	if bytes.Contains(text, []byte("<img")) {
		t.Error("an element of the submission's")
	}
	if policy := regexp.MustCompile(`default-src 'none'; style-src 'sha256-[^']*'; script-src 'sha256-[^']*'; base-uri 'none'; form-action 'none'`); !policy.Match(text) {
		t.Error("no content security policy")
	}
	if external := regexp.MustCompile(`(?i)(src|href)=|url\(|@import`).FindAll(text, -1); len(external) != bytes.Count(text, []byte("src=x")) {
		t.Errorf("it names something outside: %q", external)
	}
	// With its details open, where all that it wrote is shown.
	dom := seen(t, path, "#show="+url.QueryEscape(strings.ToValidUTF8(hostile, "\uFFFD")))
	if rows(dom) != 1 || !strings.Contains(dom, "First difference, on ") || strings.Contains(dom, "<img") {
		t.Errorf("in the browser:\n%.3000s", dom)
	}
}

// TestPlainTable: without scripts there is a row for each submission, with verdict as text.
func TestPlainTable(t *testing.T) {
	text, err := os.ReadFile(page(t, func(add func(*judge.Result)) {
		batch(250, 20, func(r *judge.Result) {
			for i := range r.Cases {
				r.Cases[i].Cached = r.Submission == "submissions/accepted/team0_dp.cc"
			}
			add(r)
		})
	}))
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`(?s)<noscript>.*</noscript>`).Find(text)
	if n := bytes.Count(plain, []byte("<tr><th scope=row>submissions/")); n != 250 {
		t.Errorf("%d rows", n)
	}
	if !bytes.Contains(plain, []byte(`<b class="v RTE">RTE</b>`)) {
		t.Error("no verdicts")
	}
	if n := bytes.Count(plain, []byte("<td>20 AC; 20 cached</td>")); n != 1 {
		t.Errorf("%d submissions out of the result cache", n)
	}
	if !regexp.MustCompile(`<td>not as expected: the verdict is WA, expected is AC \(on [^<]+\)</td>`).Match(plain) {
		t.Error("what is not as expected is not told, with its reason")
	}
}

// TestEmptyPage: a batch without a submission has a page, too.
func TestEmptyPage(t *testing.T) {
	if dom := seen(t, page(t, func(func(*judge.Result)) {}), ""); rows(dom) != 0 || !strings.Contains(dom, "0 submissions") {
		t.Errorf("%.2000s", dom)
	}
}

// TestPageSize: ten thousand submissions of twenty cases are a file that opens. How long
// that takes depends on the machine, and is no verdict here.
func TestPageSize(t *testing.T) {
	path := page(t, func(add func(*judge.Result)) { batch(10_000, 20, add) })
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mib := float64(info.Size()) / (1 << 20); mib > 12 {
		t.Errorf("the page has %.1f MiB", mib)
	}
	begun := time.Now()
	if dom := seen(t, path, "#page=99"); rows(dom) != 100 || !strings.Contains(dom, "submissions 9,901 to 10,000 of 10,000") {
		t.Errorf("the last page has %d rows", rows(dom))
	}
	t.Logf("%.1f MiB, %v with the start of the browser", float64(info.Size())/(1<<20), time.Since(begun))
}

// TestCaseOrder: cases stand in the package's order, though the first submissions were
// judged on some of them only.
func TestCaseOrder(t *testing.T) {
	text, err := os.ReadFile(page(t, func(add func(*judge.Result)) {
		add(result("a.c", problem.WA, oneCase("1", problem.AC, ""), oneCase("4", problem.WA, "wrong")))
		add(result("b.c", problem.AC, oneCase("1", problem.AC, ""), oneCase("2", problem.AC, ""), oneCase("3", problem.AC, ""), oneCase("4", problem.AC, ""), oneCase("5", problem.AC, "")))
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"cases":["1","4","2","3","5"],"order":[0,2,3,1,4]`; !bytes.Contains(text, []byte(want)) {
		t.Errorf("no %s in %s", want, regexp.MustCompile(`"problems":[^}]*`).Find(text))
	}
}

func BenchmarkHTML(b *testing.B) {
	var list []*judge.Result
	batch(1000, 20, func(r *judge.Result) { list = append(list, r) })
	for b.Loop() {
		h := report.NewHTML(&bytes.Buffer{}, at)
		for _, r := range list {
			if err := h.Add(r); err != nil {
				b.Fatal(err)
			}
		}
		if err := h.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000/20, "µs/case")
}

// TestPageInBrowserOfTwoProblems: one at a time, each with its own cases and limits.
func TestPageInBrowserOfTwoProblems(t *testing.T) {
	path := page(t, func(add func(*judge.Result)) {
		add(result("a.c", problem.AC, oneCase("one", problem.AC, "")))
		for _, name := range []string{"b.c", "c.c"} {
			r := result(name, problem.WA, oneCase("two", problem.WA, "wrong"))
			r.Problem = "cubes"
			add(r)
		}
	})
	for _, c := range []struct {
		address   string
		rows      int
		has, lack string
	}{
		{"", 1, `title="one"`, `title="two"`},
		{"#problem=1", 2, `title="two"`, `title="one"`},
	} {
		dom := seen(t, path, c.address)
		if rows(dom) != c.rows || !strings.Contains(dom, c.has) || strings.Contains(dom, c.lack) || !strings.Contains(dom, `aria-label="Problem"`) {
			t.Errorf("%q: %d rows, want %d, with %s and without %s", c.address, rows(dom), c.rows, c.has, c.lack)
		}
	}
}

// elements is how many a page is made of, and rows of tables among them.
func elements(dom string) (all, rows int) {
	return len(regexp.MustCompile(`<[a-z]`).FindAllString(dom, -1)), strings.Count(dom, "<tr")
}

// TestPageInBrowserOfManyCases: more cases than JavaScript takes arguments in a call, and
// than a browser shows in any time: no page has elements for all, its details neither.
func TestPageInBrowserOfManyCases(t *testing.T) {
	const cases = 150_000
	path := page(t, func(add func(*judge.Result)) {
		r := result("a.c", problem.WA)
		for i := range cases {
			one := oneCase(strconv.Itoa(i), problem.AC, "in time")
			if i == 123_456 {
				one = oneCase(strconv.Itoa(i), problem.WA, "wrong at last")
			}
			one.Report.CPUTime += int64(i%1000) * 1e5
			r.Cases = append(r.Cases, one)
		}
		r.Cases[99_999].Report.CPUTime = 9e8
		add(r)
	})
	for _, c := range []struct {
		name, address string
		has           []string
		shown         int // cases in the details
	}{
		{"no details", "", []string{"cases 1 to 100 of 150,000"}, 0},
		{"details", "#show=a.c", []string{"150,000 cases, 1 to 100 shown", `aria-rowcount="150001"`, "First difference, on 123456"}, 100},
		{"their last page", "#show=a.c&from=99999", []string{"149,901 to 150,000 shown", `aria-rowindex="150001"`, `<th scope="row">149999</th>`}, 100},
		{"the one that is wrong", "#show=a.c&only=WA", []string{"1 of 150,000 cases<", "wrong at last"}, 1},
		{"by name", "#show=a.c&case=12345", []string{"12 of 150,000 cases<", `<th scope="row">123456</th>`}, 12},
		{"the slowest first", "#show=a.c&order=cpu", []string{`<tr aria-rowindex="2"><th scope="row">99999</th>`}, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			dom := seen(t, path, c.address)
			all, lines := elements(dom)
			t.Logf("%d elements, %v with the start of the browser", all, time.Since(begun))
			if rows(dom) != 1 || strings.Count(dom, "<tr aria-rowindex=") != c.shown || lines > c.shown+20 || all > 5000 {
				t.Errorf("%d elements, %d of them rows of tables, %d of them cases, want %d", all, lines, strings.Count(dom, "<tr aria-rowindex="), c.shown)
			}
			for _, text := range c.has {
				if !strings.Contains(dom, text) {
					t.Errorf("the page lacks %q", text)
				}
			}
		})
	}
}
