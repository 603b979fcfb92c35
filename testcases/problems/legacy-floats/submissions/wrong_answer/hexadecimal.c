#include <stdio.h>
int main(void) { double a, b; scanf("%lf %lf", &a, &b); printf("%a\nDone 2\n", a / b); return 0; }
