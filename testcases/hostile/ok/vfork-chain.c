/*
 * @name vfork-chain
 * @kind resource
 * @why every process starts the next with vfork and exec and waits for it, a chain without a fork to be counted
 * @needs gcc
 * @limits pids=16 wall=8s
 * @expect ok
 * @expect stdout-contains LIMITED
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * At most 100 processes.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int depth = argc > 1 ? atoi(argv[1]) : 1;
	char next[16];
	pid_t c;

	if (depth >= 100) {
		puts("UNLIMITED");
		return 0;
	}
	snprintf(next, sizeof next, "%d", depth + 1);
	c = vfork();
	if (c == 0) {
		execl(argv[0], argv[0], next, (char *)NULL);
		_exit(1);
	}
	if (c < 0)
		printf("LIMITED %d\n", depth);
	else
		waitpid(c, NULL, 0);
	return 0;
}
