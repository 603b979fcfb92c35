/* Uses a millisecond of processor time by its own clock, and prints 1: a submission that is right on each case. */
#include <stdio.h>
#include <time.h>

static long long used(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	while (used() < 1000000)
		for (volatile int n = 0; n < 2000; n++)
			;
	puts("1");
	return 0;
}
