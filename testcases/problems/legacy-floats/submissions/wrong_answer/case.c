#include <stdio.h>
int main(void) { double a, b; scanf("%lf %lf", &a, &b); printf("%.9f\ndone 2\n", a / b); return 0; }
