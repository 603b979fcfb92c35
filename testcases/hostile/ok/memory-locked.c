/*
 * @name memory-locked
 * @kind resource
 * @why memory that is locked cannot be taken away; it must be small, or count like any other
 * @needs gcc
 * @limits memory=64MiB wall=6s
 * @expect ok | memory | syscall
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Locks 128 MiB at most.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
	mlockall(MCL_FUTURE | MCL_ONFAULT);
	for (int i = 0; i < 128; i++) {
		void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || mlock(p, 1 << 20) < 0) {
			printf("LIMITED %d MiB\n", i);
			return 0;
		}
	}
	puts("UNLIMITED");
	return 0;
}
