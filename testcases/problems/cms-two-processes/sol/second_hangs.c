/* @EXPECTED_RESULTS@: TIMELIMIT */
#include <unistd.h>
#include "two.h"
int encode(int n) { return n / 7; }
int decode(int said) { pause(); return said; }
