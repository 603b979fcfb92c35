#include <stdio.h>
static int divides(long d, long n) { return d > 1 && d < n && n % d == 0; }
int main(int argc, char **argv) {
	long n, d;
	FILE *in = fopen(argv[1], "r");
	if (argc != 5 || !in || fscanf(in, "%ld", &n) != 1) return 1;
	return scanf("%ld", &d) == 1 && divides(d, n) ? 42 : 43;
}
