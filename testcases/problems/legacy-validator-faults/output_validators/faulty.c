#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
	char what[32] = "", said[64] = "";
	FILE *in = fopen(argv[1], "r");
	if (argc < 4 || !in || fscanf(in, "%31s", what) != 1) return 99;
	if (scanf("%63s", said) != 1 || strcmp(said, "fail")) return strcmp(said, "wrong") ? 42 : 43;
	if (!strcmp(what, "zero")) return 0; /* "accepted", a beginner would say */
	if (!strcmp(what, "one")) { fprintf(stderr, "assertion failed: n > 0\n"); return 1; }
	if (!strcmp(what, "segv")) *(volatile int *)8 = 1;
	if (!strcmp(what, "exec")) { execl("/nonexistent", "x", (char *)0); return 127; }
	if (!strcmp(what, "forks")) { if (fork() == 0) for (;;) pause(); return 42; }
	if (!strcmp(what, "memory")) for (;;) memset(malloc(1 << 20), 1, 1 << 20);
	if (!strcmp(what, "floods")) for (;;) puts("more");
	return 42;
}
