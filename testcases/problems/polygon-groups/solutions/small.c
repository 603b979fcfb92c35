#include <stdio.h>
int main(void) { int n; if (!freopen("cubes.in", "r", stdin) || !freopen("cubes.out", "w", stdout)) return 1; scanf("%d", &n); printf("%d\n", n * n * n); return 0; }
