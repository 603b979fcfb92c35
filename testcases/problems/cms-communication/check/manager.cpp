// FIFOs as arguments, the input as standard input, the outcome to standard output.
#include <cstdio>
int main(int argc, char **argv) {
	if (argc != 3) return 1;
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "w");
	int n, x, asked = 0;
	if (!in || !out || scanf("%d", &n) != 1) return 2;
	while (fscanf(in, "%d", &x) == 1) {
		fprintf(out, "%d\n", x < n ? -1 : x > n);
		fflush(out);
		if (x == n) { printf("%.2f\n", asked > 10 ? 0.5 : 1.0); fputs(asked > 10 ? "translate:partial\n" : "translate:success\n", stderr); return 0; }
		if (++asked > 100) break;
	}
	puts("0.0");
	fputs("translate:wrong\n", stderr);
	return 0;
}
