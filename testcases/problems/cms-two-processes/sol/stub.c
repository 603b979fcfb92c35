#include <stdio.h>
#include <stdlib.h>
#include "two.h"
int main(int argc, char **argv) {
	if (argc != 4) return 9;
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "w");
	int n, i = atoi(argv[3]);
	if (!in || !out || fscanf(in, "%d", &n) != 1) return 0;
	fprintf(out, "%d\n", i == 0 ? encode(n) : decode(n));
	fclose(out);
	return 0;
}
