#include "encoder.h"
/* @EXPECTED_RESULTS@: WRONG-ANSWER */
#include <stdlib.h>
int encode(int n) { exit(0); }
