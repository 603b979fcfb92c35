#include <stdio.h>
#include <time.h>
int main(void) { long ms; scanf("%ld", &ms); while (clock() < 2 * ms * CLOCKS_PER_SEC / 1000) ; printf("%ld\n", ms); return 0; }
