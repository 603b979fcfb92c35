/* The validator leaves early; the rest, more than the limit of output, is read by nobody. */
#include <stdio.h>
int main(void) { for (int i = 0; i < 300000; i++) puts("? 1 1"); return 0; }
