/* @EXPECTED_RESULTS@: RUN-ERROR */
#include <stdlib.h>
#include "two.h"
int encode(int n) {
	volatile char *p = malloc(100 << 20);
	for (int i = 0; i < 100 << 20; i += 4096) p[i] = n;
	return n / 7 + p[0] - p[4096];
}
int decode(int said) { return said; }
