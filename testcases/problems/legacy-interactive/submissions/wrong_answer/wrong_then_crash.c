#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("? 0 0"); fflush(stdout); sleep(1); abort(); }
