#include <stdio.h>
int main(void) { int n; scanf("%d", &n); if (n == 32) return 1; printf("%d\n", n / 10 == 2 && n > 21 ? 0 : n); return 0; }
