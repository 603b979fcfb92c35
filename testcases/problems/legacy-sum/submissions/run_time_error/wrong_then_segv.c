#include <stdio.h>
int main(void) {
	printf("no\n");
	fflush(stdout);
	*(volatile int *)8 = 1;
}
