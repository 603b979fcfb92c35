// First pass: the numbers are to be said in other words. Second pass: those words are the input, the
// numbers must come out. What the first pass left in the feedback directory is there in the second.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char *slurp(FILE *f) { static char b[4096]; size_t n = f ? fread(b, 1, 4095, f) : 0; b[n] = 0; return b; }
int main(int argc, char **argv) {
	char path[512], said[4096], expect[4096];
	if (argc < 4) return 1;
	strcpy(said, slurp(stdin));
	strcpy(expect, slurp(fopen(argv[2], "r")));
	snprintf(path, sizeof path, "%s%s", argv[3], "passes");
	FILE *state = fopen(path, "r");
	int pass = 1;
	if (state) { if (fscanf(state, "%d", &pass) != 1) return 2; pass++; fclose(state); }
	state = fopen(path, "w");
	fprintf(state, "%d\n", pass);
	fclose(state);
	snprintf(path, sizeof path, "%s%s", argv[3], "nextpass.in");
	if (pass > 1 && fopen(path, "r")) return 3; /* it does not persist */
	if (!strncmp(said, "next", 4) || pass == 1) {
		FILE *next = fopen(path, "w");
		fprintf(next, "decode %d %s", pass, said);
		fclose(next);
		return strncmp(said, "no", 2) ? 42 : 43; /* 43 with nextpass.in is the validator's fault */
	}
	return strcmp(said, expect) ? 43 : 42;
}
