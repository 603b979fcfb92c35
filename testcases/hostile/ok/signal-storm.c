/*
 * @name signal-storm
 * @kind robustness
 * @why processes that do nothing but send one another signals, to their common parent and to process 1 too, for a second
 * @needs gcc
 * @limits pids=16 cpu=5s wall=6s
 * @expect ok
 * @expect stdout-contains CALM
 * @unsandboxed skip
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nothing(int s)
{
	(void)s;
}

static int before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

int main(void)
{
	struct timespec now, end;
	pid_t child[4];

	if (geteuid() == 0)
		return 4;
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		signal(s, nothing);
	signal(SIGUSR1, nothing);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 1;
	for (int c = 0; c < 4; c++) {
		child[c] = fork();
		if (child[c] != 0)
			continue;
		signal(SIGUSR1, SIG_IGN); /* or they would do nothing but take one another's */
		for (long n = 0; n == 0 || before(&now, &end); n++) {
			union sigval v = { 1 };

			kill(getppid(), SIGUSR1);
			kill(1, SIGUSR1);
			kill(0, SIGUSR1);
			/* Not more: the kernel takes longer for each that waits already. */
			if (n < 4000)
				sigqueue(getppid(), SIGRTMIN + c, v);
			clock_gettime(CLOCK_MONOTONIC, &now);
		}
		_exit(0);
	}
	for (int c = 0; c < 4; c++)
		while (waitpid(child[c], NULL, 0) < 0)
			;
	puts("CALM");
	return 0;
}
