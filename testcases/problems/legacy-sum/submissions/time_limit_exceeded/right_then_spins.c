#include <stdio.h>
int main(void) {
	long long a, b;
	if (scanf("%lld %lld", &a, &b) == 2) printf("%lld\n", a + b);
	fflush(stdout);
	for (volatile int i = 0;; i++) ;
}
