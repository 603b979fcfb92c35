/*
 * @name fake-oom
 * @kind accounting
 * @why comes close to the memory limit, says what a shell says of the dead, and exits with the status of a killed process
 * @needs gcc
 * @limits memory=96MiB
 * @expect nonzero-exit 137
 * @expect oom-kill no
 * @expect peak-memory>=64MiB
 * @unsandboxed same
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char *p = malloc(64 << 20);

	if (!p)
		return 4;
	memset(p, 1, 64 << 20);
	__asm__ volatile("" : : "r"(p) : "memory");
	fputs("Killed\n", stderr);
	fputs("Memory cgroup out of memory: Killed process 2\n", stderr);
	return 137;
}
