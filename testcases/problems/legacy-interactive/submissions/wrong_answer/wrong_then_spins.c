#include <stdio.h>
int main(void) { puts("! 0"); fflush(stdout); for (volatile int i = 0;; i++) ; }
