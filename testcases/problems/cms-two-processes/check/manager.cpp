// The first process is told a number and says a smaller one; the second is told
// that, and says the number. FIFOs: from the first, to it, from the second, to it.
#include <cstdio>
#include <cstring>
static int end(const char *outcome, const char *text) { printf("%s\n", outcome); fprintf(stderr, "%s\n", text); return 0; }
int main(int argc, char **argv) {
	if (argc != 5 || strcmp(argv[1], "/fifo0/u0_to_m") || strcmp(argv[4], "/fifo1/m_to_u1")) return 1;
	// In the order in which the stub opens them, for each waits for the other; the second pair late.
	FILE *to0 = fopen(argv[2], "w"), *from0 = fopen(argv[1], "r");
	int n, said, answer;
	if (!to0 || !from0 || scanf("%d", &n) != 1) return 2;
	fprintf(to0, "%d\n", n);
	fflush(to0);
	if (fscanf(from0, "%d", &said) != 1) return end("0.0", "the first says nothing");
	FILE *to1 = fopen(argv[4], "w"), *from1 = fopen(argv[3], "r");
	if (!from1 || !to1) return 3;
	fprintf(to1, "%d\n", said);
	fflush(to1);
	if (fscanf(from1, "%d", &answer) != 1) return end("0.0", "the second says nothing");
	if (answer != n) return end("0.0", "translate:wrong");
	if (said >= n) return end("0.5", "translate:partial");
	return end("1.0", "translate:success");
}
