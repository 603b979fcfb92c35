/*
 * @name half-a-core
 * @kind accounting
 * @why may use half of one processor: the work takes twice the time, and the time that it waits for is not charged
 * @needs gcc
 * @limits wall=8s cpu=3s cpus=0.5
 * @expect ok
 * @expect wall-time>=750ms
 * @expect cpu-time-within 20% of 500ms
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <time.h>

int main(void)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_sec == 0 && t.tv_nsec < 500000000);
	return 0;
}
