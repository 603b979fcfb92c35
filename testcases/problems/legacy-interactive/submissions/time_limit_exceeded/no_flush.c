#include <stdio.h>
int main(void) { int n; scanf("%d", &n); puts("? 1 1"); scanf("%d", &n); return 0; }
