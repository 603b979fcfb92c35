#include <unistd.h>
int main(void) { int n = 0; while (n < 100000 && fork() >= 0) n++; return 1; }
