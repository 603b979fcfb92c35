/*
 * @name busy-enough
 * @kind accounting
 * @why works for a tenth of the time and sleeps for the rest: slow, but not idle
 * @needs gcc
 * @limits wall=8s cpu=3s idle=1s
 * @expect ok
 * @expect wall-time>=2s
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>

int main(void)
{
	for (int i = 1; i <= 12; i++) {
		struct timespec t;

		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < i * 20);
		usleep(180000);
	}
	return 0;
}
