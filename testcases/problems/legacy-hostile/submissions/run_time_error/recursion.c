/* Ends where its stack does: it lowers the limit, which is as high as that of memory. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
static long deep(long n, volatile char *above) {
	volatile char here[1024];
	memset((void *)here, n, sizeof here);
	return deep(n + 1, here) + here[n & 1023] + above[n & 1023];
}
int main(int argc, char **argv) {
	(void)argc;
	struct rlimit r = {1 << 20, 1 << 20};
	setrlimit(RLIMIT_STACK, &r);
	printf("%ld\n", deep(1, argv[0]));
	return 0;
}
