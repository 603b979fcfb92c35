/*
 * @name shared-mapping
 * @kind resource
 * @why shared pages without a file belong to no process alone; the writers are children that each end at once
 * @needs gcc
 * @limits memory=64MiB cpu=4s wall=8s
 * @expect memory
 * @expect oom-kill yes
 * @expect peak-memory>=56MiB
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Touches 256 MiB at most.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	size_t part = 4 << 20;
	char *p = mmap(NULL, 64 * part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 4;
	for (int i = 0; i < 64; i++) {
		if (fork() == 0) {
			memset(p + (size_t)i * part, 1, part);
			_exit(0);
		}
		wait(NULL);
	}
	puts("UNLIMITED");
	return 0;
}
