// @EXPECTED_SCORE@: 50
#include "add.h"
int add(int a, int b) { return a == 1 ? 0 : a + b; }
