#include <stdio.h>
#include "encoder.h"
#include "decoder.h"
int main(int argc, char **argv) {
	int n;
	if (argc != 3) return 9;
	if (argv[1][0] == '0') {
		FILE *pipe = fopen(argv[2], "w");
		if (!pipe || scanf("%d", &n) != 1) return 8;
		printf("nobody reads this\n");
		fprintf(pipe, "%d\n", encode(n));
		return fclose(pipe);
	}
	FILE *pipe = fopen(argv[2], "r");
	if (!pipe || getchar() != EOF) return 7;
	if (fscanf(pipe, "%d", &n) == 1) printf("%d\n", decode(n));
	return 0;
}
