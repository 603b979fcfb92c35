/*
 * @name children-ignored
 * @kind robustness
 * @why children that the kernel collects by itself since nobody wants to know of them, five hundred one after the other, with their own children left behind
 * @needs gcc
 * @limits pids=32 cpu=4s wall=8s
 * @expect ok
 * @expect stdout-contains MADE 500
 * @unsandboxed same
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int made = 0;

	signal(SIGCHLD, SIG_IGN);
	for (int tries = 0; made < 500 && tries < 100000; tries++) {
		pid_t c = fork();

		if (c == 0) {
			if (fork() == 0)
				_exit(0);
			_exit(0);
		}
		if (c > 0)
			made++;
		else if (errno == EAGAIN)
			usleep(100);
	}
	printf("MADE %d\n", made);
	return 0;
}
