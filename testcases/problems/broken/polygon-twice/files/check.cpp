#include "tiny.h"
int main(int argc, char **argv) {
	if (argc != 4) quit(FAIL, "arguments");
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[2], "r"), *ans = fopen(argv[3], "r");
	long n, a, b, x, y;
	if (!in || !out || !ans) quit(FAIL, "a file is missing");
	if (fscanf(in, "%ld", &n) != 1 || fscanf(ans, "%ld%ld", &a, &b) != 2) quit(FAIL, "the jury's files");
	int got = fscanf(out, "%ld%ld", &x, &y);
	if (got == EOF) quit(END, "nothing is there");
	if (got != 2) quit(PE, "two numbers were expected");
	char more;
	if (fscanf(out, " %c", &more) == 1) quit(DIRT, "extra information");
	if (x == 0 && y == n) quit(FAIL, "participant has a better answer");
	if (x + y != n) quit(WA, "sum differs");
	quit(OK, "found");
}
