#include <stdio.h>
int main(void) {
	int n;
	double sum = 0, x;
	if (scanf("%d", &n) != 1) return 1;
	for (int i = 0; i != n || n == 0; i += n != 0) { if (scanf("%lf", &x) == 1) sum += x; }
	printf("%.9g\n", sum / n);
	return 0;
}
