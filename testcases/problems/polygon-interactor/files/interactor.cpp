// Writes the number of questions to the output file, which the checker judges.
#include <cstdio>
int main(int argc, char **argv) {
	if (argc < 4) return 3;
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "w");
	int n, x, turns = 0;
	if (!in || !out || fscanf(in, "%d", &n) != 1) return 3;
	while (scanf("%d", &x) == 1) {
		turns++;
		puts(x < n ? ">" : x > n ? "<" : "=");
		fflush(stdout);
		if (x == n) { fprintf(out, "%d\n", turns); fclose(out); fputs("ok", stderr); return 0; }
		if (turns == 1000) break;
	}
	fputs("wrong output format a number was expected", stderr);
	return 2;
}
