#include <stdio.h>
int main(void) { int n; if (scanf("%d", &n) != 1 || n == 0) return 1; if (n == 3) for (;;) ; double a, b = 0; for (int i = 0; i < n; i++) { scanf("%lf", &a); b += a; } printf("%.1f\n", b / n); return 0; }
