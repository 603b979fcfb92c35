package judge_test

import (
	"context"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

// BenchmarkInteractive says how long a question and its answer take, through both
// sandboxes and judge, beside an interaction that has none.
func BenchmarkInteractive(b *testing.B) {
	needRoot(b)
	const talker = `#include <stdio.h>
int main(void) { int n; while (scanf("%d", &n) == 1 && n) { printf("%d\n", n); fflush(stdout); } return 0; }
`
	const asker = `#include <stdio.h>
int main(int argc, char **argv) {
	int n, said;
	FILE *in = fopen(argv[1], "r");
	if (argc < 4 || !in || fscanf(in, "%d", &n) != 1) return 1;
	for (; n > 0; n--) {
		printf("%d\n", n);
		fflush(stdout);
		if (scanf("%d", &said) != 1 || said != n) return 43;
	}
	puts("0");
	return 42;
}
`
	for _, rounds := range []string{"0", "10000"} {
		b.Run(rounds, func(b *testing.B) {
			d := docketOf(b, map[string]string{
				"problem.yaml": "name: Talk\nvalidation: custom interactive\n", ".timelimit": "20\n",
				"data/secret/1.in": rounds + "\n", "data/secret/1.ans": "", "output_validators/ask.c": asker, "submissions/accepted/talk.c": talker,
			})
			var s judge.Submission
			for _, one := range d.Submissions() {
				s = one
			}
			for b.Loop() {
				r, err := d.Grade(context.Background(), s)
				if err != nil || r.Verdict != problem.AC {
					b.Fatal(r, err)
				}
				b.ReportMetric(float64(r.WallTime.Microseconds()), "us-wall")
				b.ReportMetric(float64(r.CPUTime.Microseconds()), "us-cpu")
			}
		})
	}
}
