/*
 * @name killed-by-child
 * @kind accounting
 * @why SIGKILL from one's own child, with much memory in use: it looks like an OOM kill from every side but the kernel's
 * @needs gcc
 * @limits memory=96MiB
 * @expect signal 9
 * @expect oom-kill no
 * @unsandboxed same
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char *p = malloc(64 << 20);

	if (!p)
		return 4;
	memset(p, 1, 64 << 20);
	__asm__ volatile("" : : "r"(p) : "memory");
	if (fork() == 0) {
		kill(getppid(), SIGKILL);
		_exit(0);
	}
	wait(NULL);
	return 4;
}
