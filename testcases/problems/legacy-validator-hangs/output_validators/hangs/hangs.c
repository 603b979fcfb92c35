#include <stdio.h>
int main(void) {
	int n;
	if (scanf("%d", &n) != 1) return 43;
	if (n == 1) return 42;
	for (volatile int i = 0;; i++) ;
}
