#include <stdio.h>
int main(void) { int n; scanf("%d", &n); puts("spin"); fflush(stdout); scanf("%d", &n); return 0; }
