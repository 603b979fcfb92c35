/* @EXPECTED_RESULTS@: RUN_ERROR
   @EXPECTED_SCORE@: 25 */
#include <stdio.h>
int main(void) { int n; scanf("%d", &n); if (n) return 1; puts("0"); return 0; }
