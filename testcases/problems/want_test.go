package problems

import (
	"os"
	"strings"
	"testing"
)

// A want is what a file NAME.want says.
type want struct {
	flags       []string
	exit        int
	warn        []string
	submissions []wantSubmission
}

type wantSubmission struct {
	name, verdict, score string // score "-" is none
	disagrees            bool
	reason               string // must be in the result's
	cases                []wantCase
	groups               []wantGroup
}

type wantCase struct{ name, verdict, reason string }

type wantGroup struct{ name, verdict, score string }

func readWant(t *testing.T, file string) want {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w want
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		word := strings.Fields(line)
		switch {
		case len(word) == 0 || strings.HasPrefix(word[0], "#"):
		case word[0] == "flags":
			w.flags = word[1:]
		case word[0] == "exit":
			w.exit = map[string]int{"1": 1, "125": 125}[word[1]]
		case word[0] == "warn":
			w.warn = append(w.warn, strings.Join(word[1:], " "))
		case line[0] == ' ' || line[0] == '\t':
			if len(w.submissions) == 0 || len(word) < 2 {
				t.Fatalf("%s: a line of no submission: %s", file, line)
			}
			w.submissions[len(w.submissions)-1].detail(word)
		default:
			if len(word) < 2 {
				t.Fatalf("%s: no verdict: %s", file, line)
			}
			w.submissions = append(w.submissions, submissionLine(word))
		}
	}
	return w
}

func submissionLine(word []string) wantSubmission {
	s := wantSubmission{name: word[0], verdict: word[1], score: "-"}
	rest := word[2:]
	if len(rest) > 0 {
		s.score, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 && rest[0] == "disagrees" {
		s.disagrees, rest = true, rest[1:]
	}
	s.reason = strings.Join(rest, " ")
	return s
}

// detail reads a line about a case or a group of the submission.
func (s *wantSubmission) detail(word []string) {
	if word[0] == "=" && len(word) == 4 {
		s.groups = append(s.groups, wantGroup{word[1], word[2], word[3]})
		return
	}
	s.cases = append(s.cases, wantCase{word[0], word[1], strings.Join(word[2:], " ")})
}
