/* Neither is above the limit, both together are. */
/* @EXPECTED_RESULTS@: TIMELIMIT */
#include <time.h>
#include "two.h"
static void spin(void) { while (clock() < CLOCKS_PER_SEC * 7 / 10) ; }
int encode(int n) { spin(); return n / 7; }
int decode(int said) { spin(); return said == 176 ? 1234 : said * 7; }
