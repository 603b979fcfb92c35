/* Ends in the middle of it: its end comes before the validator's "no answer". */
#include <stdio.h>
int main(void) { int n; scanf("%d", &n); puts("? 1 1"); fflush(stdout); scanf("%d", &n); return 5; }
