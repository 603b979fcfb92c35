/*
 * @name short-threads
 * @kind resource
 * @why every thread computes for 20 ms and ends; none is there long enough to be looked at
 * @needs gcc
 * @build -pthread
 * @limits cpu=1s wall=8s pids=16
 * @expect cpu-time
 * @expect cpu-time>=900ms
 * @expect cpu-time<=1700ms
 * @expect stdout-lacks FINISHED
 * @unsandboxed stdout-contains FINISHED
 *
 * Ends by itself after five seconds of work.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static void *work(void *arg)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec == 0 && t.tv_nsec < 20000000);
	return arg;
}

int main(void)
{
	for (int i = 0; i < 125; i++) {
		pthread_t t[2];

		for (int k = 0; k < 2; k++)
			if (pthread_create(&t[k], NULL, work, NULL) != 0)
				return 4;
		for (int k = 0; k < 2; k++)
			pthread_join(t[k], NULL);
	}
	puts("FINISHED");
	return 0;
}
