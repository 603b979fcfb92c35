#include <stdio.h>
int main(int argc, char **argv) {
	char said[16] = "";
	FILE *out = fopen(argv[3], "r");
	if (argc != 4 || !out || fscanf(out, "%15s", said) != 1) { puts("0"); fputs("No output\n", stderr); return 0; }
	if (said[0] == 'c') return 1; /* fails */
	puts(said);
	fputs("As it says\n", stderr);
	return 0;
}
