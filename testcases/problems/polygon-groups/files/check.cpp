// Points for an answer that is one off: "points 10", exit 7; and _pc(100), half of a test's points, for
// one that is two off, as testlib.h says it without TESTSYS. Who is right has his points said, too.
#include <cstdio>
int main(int, char **argv) {
	FILE *out = fopen(argv[2], "r"), *ans = fopen(argv[3], "r");
	long long x, y;
	if (fscanf(ans, "%lld", &y) != 1) return 3;
	if (!out || fscanf(out, "%lld", &x) != 1) { fputs("wrong output format no number", stderr); return 2; }
	if (x == y + 1) { fputs("points 10 one off", stderr); return 7; }
	if (x == y + 2) { fputs("partially correct (100) two off", stderr); return 100; }
	if (x == y && y % 2) { fputs("partially correct (200) ", stderr); return 200; }
	fputs(x == y ? "ok" : "wrong answer", stderr);
	return x != y;
}
