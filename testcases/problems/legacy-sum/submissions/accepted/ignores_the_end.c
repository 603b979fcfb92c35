/* Leaves a child that holds the output open: the run is over when the program is. */
#include <stdio.h>
#include <unistd.h>
int main(void) {
	long long a, b;
	if (scanf("%lld %lld", &a, &b) != 2) return 1;
	if (fork() == 0) { sleep(100); _exit(0); }
	printf("%lld\n", a + b);
}
