// @EXPECTED_RESULTS@: COMPILER-ERROR
#include "add.h"
int add(int a, int b) { return a + b; }
int main() {}
