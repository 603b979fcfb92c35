#include <stdio.h>
int main(void) { puts("fail"); return 0; }
