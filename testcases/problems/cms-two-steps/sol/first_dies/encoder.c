#include "encoder.h"
/* @EXPECTED_RESULTS@: RUN-ERROR */
#include <stdlib.h>
int encode(int n) { abort(); }
