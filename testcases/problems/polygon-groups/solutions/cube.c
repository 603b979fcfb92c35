#include <stdio.h>
int main(void) { long long n; if (!freopen("cubes.in", "r", stdin) || !freopen("cubes.out", "w", stdout)) return 1; scanf("%lld", &n); printf("%lld\n", n * n * n); return 0; }
