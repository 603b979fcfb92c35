/* @EXPECTED_SCORE@: 50 */
#include "two.h"
int encode(int n) { return n; }
int decode(int said) { return said; }
