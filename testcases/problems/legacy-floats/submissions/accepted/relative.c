#include <stdio.h>
int main(void) { double a, b; scanf("%lf %lf", &a, &b); printf("%.9f\nDone 1.9981\n", a / b * 1.0009); return 0; }
