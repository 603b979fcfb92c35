/* 5 is not 5.0 without a tolerance. */
#include <stdio.h>
int main(void) {
	long long a, b;
	if (scanf("%lld %lld", &a, &b) == 2) printf("%lld.0\n", a + b);
}
