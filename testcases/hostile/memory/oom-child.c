/*
 * @name oom-child
 * @kind resource
 * @why the memory is used by a child, and the parent ends well whatever became of it; the first OOM kill ends the run all the same
 * @needs gcc
 * @args {each}
 * @each wait ignore
 * @limits memory=64MiB cpu=4s wall=8s
 * @expect memory
 * @expect oom-kill yes
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Touches 256 MiB at most.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int st = 0;

	if (argc > 1 && strcmp(argv[1], "ignore") == 0)
		signal(SIGCHLD, SIG_IGN);
	if (fork() == 0) {
		for (int i = 0; i < 256; i++) {
			char *p = malloc(1 << 20);

			if (!p)
				_exit(4);
			memset(p, 1, 1 << 20);
			__asm__ volatile("" : : "r"(p) : "memory");
		}
		puts("UNLIMITED");
		fflush(stdout);
		_exit(0);
	}
	while (wait(&st) > 0)
		;
	usleep(300000);
	return 0;
}
