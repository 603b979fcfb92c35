// Points for an answer that is one off: "points 0.5", exit 7, of the test's points.
#include <cstdio>
int main(int, char **argv) {
	FILE *out = fopen(argv[2], "r"), *ans = fopen(argv[3], "r");
	long long x, y;
	if (fscanf(ans, "%lld", &y) != 1) return 3;
	if (!out || fscanf(out, "%lld", &x) != 1) { fputs("wrong output format no number", stderr); return 2; }
	if (x == y + 1) { fputs("points 10 one off", stderr); return 7; }
	fputs(x == y ? "ok" : "wrong answer", stderr);
	return x != y;
}
