#include "divides.h"
int divides(long d, long n) { return d > 1 && d < n && n % d == 0; }
