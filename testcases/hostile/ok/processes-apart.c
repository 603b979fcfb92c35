/*
 * @name processes-apart
 * @kind isolation
 * @why the limit on processes of one run must not be used up by another that runs at the same time, as it would be if they were one user's
 * @needs gcc
 * @parallel 3
 * @limits pids=32 wall=8s
 * @expect ok
 * @expect stdout-contains MADE 28
 * @unsandboxed skip
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int made = 0;

	for (int i = 0; i < 28; i++) {
		pid_t c = fork();

		if (c == 0) {
			usleep(800000);
			_exit(0);
		}
		made += c > 0;
	}
	while (wait(NULL) > 0)
		;
	printf("MADE %d\n", made);
	return 0;
}
