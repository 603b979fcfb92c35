/*
 * @name memfd-fill
 * @kind resource
 * @why files in memory that no directory and no disk limit knows of, made and filled by children that pass them on
 * @needs gcc
 * @limits memory=64MiB fsize=64MiB cpu=4s wall=8s
 * @expect memory | syscall
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Writes 200 MiB at most.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char block[1 << 20];

int main(void)
{
	memset(block, 1, sizeof block);
	for (int f = 0; f < 20; f++) {
		int fd = memfd_create("fill", 0);

		if (fd < 0)
			return 4;
		for (int i = 0; i < 10; i++)
			if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
				return 5;
	}
	puts("UNLIMITED");
	return 0;
}
