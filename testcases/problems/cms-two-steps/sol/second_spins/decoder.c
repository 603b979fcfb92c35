#include "decoder.h"
int decode(int n) { for (volatile int i = 0;; i++) ; return n; }
