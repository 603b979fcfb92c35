#include <stdio.h>
#include <unistd.h>
int main(void) { close(1); printf("5\n"); return 0; }
