/* @EXPECTED_RESULTS@: WRONG-ANSWER */
#include "two.h"
int encode(int n) { return n - 1; }
int decode(int said) { return said; }
