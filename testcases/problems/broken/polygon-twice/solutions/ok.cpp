#include <cstdio>
int main() { int n; scanf("%d", &n); printf("2 %d\n", n - 2); }
