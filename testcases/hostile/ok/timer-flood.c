/*
 * @name timer-flood
 * @kind resource
 * @why as many timers as can be had, each of which expires all the time, and all the signals blocked
 * @needs gcc
 * @limits memory=64MiB cpu=3s wall=8s
 * @expect ok | memory | cpu-time
 * @expect peak-memory<=72MiB
 * @expect returns-within 7s
 * @unsandboxed skip
 *
 * At most 50000 timers for a second.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct itimerspec fast = { { 0, 1 }, { 0, 1 } };
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	sigset_t all;
	int n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (n = 0; n < 50000; n++) {
		timer_t t;

		if (timer_create(CLOCK_MONOTONIC, &e, &t) < 0)
			break;
		timer_settime(t, 0, &fast, NULL);
	}
	sleep(1);
	printf("DONE %d timers\n", n);
	return 0;
}
