#include <cstdio>
#include "add.h"
int main() { int a, b; if (scanf("%d%d", &a, &b) == 2) printf("%d\n", add(a, b)); }
