#include <stdio.h>
int main(void) { double a, b; scanf("%lf %lf", &a, &b); printf("%.4e Done\n2.000\n", a / b); return 0; }
