#include <stdio.h>
int main(void) { int n, d; scanf("%d", &n); for (d = n - 1; n % d; d--) ; printf("%d\n", d); return 0; }
