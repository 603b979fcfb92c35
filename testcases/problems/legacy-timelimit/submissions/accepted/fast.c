#include <stdio.h>
int main(void) { long ms; scanf("%ld", &ms); printf("%ld\n", ms); return 0; }
