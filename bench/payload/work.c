/* Uses 500 ms of processor time by its own clock and prints, in nanoseconds, what that clock then says. */
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
	long long now;
	do {
		/* Rather long between two looks: the clock is a system call. */
		for (volatile int n = 0; n < 20000; n++)
			;
		now = used();
	} while (now < 500000000);
	printf("%lld\n", now);
	return 0;
}
