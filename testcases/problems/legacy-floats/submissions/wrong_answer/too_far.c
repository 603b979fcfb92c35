#include <stdio.h>
int main(void) { double a, b; scanf("%lf %lf", &a, &b); printf("%.9f\nDone 2\n", a / b * 1.0011); return 0; }
