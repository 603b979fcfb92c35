/*
 * @name orphan-writes-late
 * @kind robustness
 * @why a daemon keeps stdout, stderr and stdin open and writes after its parent has ended well; nobody may wait for it, and what was written before must be whole
 * @needs gcc
 * @limits pids=8 wall=6s
 * @expect ok
 * @expect stdout-contains LAST LINE
 * @expect stdout-lacks LATE
 * @expect stdout-bytes 65546
 * @expect returns-within 2s
 * @unsandboxed skip
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	static char block[65536];

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		for (int i = 0; i < 5; i++) {
			usleep(600000);
			puts("LATE");
			fflush(stdout);
		}
		_exit(0);
	}
	wait(NULL);
	memset(block, 'x', sizeof block);
	if (write(1, block, sizeof block) != (ssize_t)sizeof block || write(1, "LAST LINE\n", 10) != 10)
		return 4;
	return 0;
}
