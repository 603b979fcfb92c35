/*
 * @name orphan-trees
 * @kind robustness
 * @why a chain of processes in which each is the reaper of what is below it and dies with its parent; then the middle is taken out
 * @needs gcc
 * @limits pids=48 wall=6s
 * @expect ok
 * @expect stdout-contains DONE
 * @expect returns-within 4s
 * @unsandboxed same
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void chain(int depth)
{
	for (;; depth--) {
		prctl(PR_SET_CHILD_SUBREAPER, depth % 2);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (depth == 0)
			break;
		for (int i = 0; i < 2; i++)
			if (fork() == 0)
				_exit(0); /* a dead child that nobody collects */
		if (fork() != 0)
			break;
	}
	if (depth == 6)
		usleep(200000);
	else
		sleep(3);
	_exit(0);
}

int main(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (fork() == 0)
		chain(12);
	usleep(700000);
	kill(0, SIGCONT);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	puts("DONE");
	return 0;
}
