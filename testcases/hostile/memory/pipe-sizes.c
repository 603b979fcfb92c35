/*
 * @name pipe-sizes
 * @kind resource
 * @why pipes made as large as they may be and filled, in several processes, each with its own limit on descriptors
 * @needs gcc
 * @limits memory=32MiB nofile=128 pids=16 wall=9s
 * @expect memory | ok
 * @expect peak-memory<=40MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed stdout-contains UNLIMITED
 *
 * Up to 160 MiB.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1 << 20];

int main(void)
{
	long *held = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(block, 1, sizeof block);
	for (int c = 0; c < 4; c++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 40; i++) {
			int p[2];
			ssize_t n;

			if (pipe2(p, O_NONBLOCK) < 0)
				break;
			fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
			while ((n = write(p[1], block, sizeof block)) > 0)
				__sync_fetch_and_add(held, n);
		}
		sleep(1);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("%s %ld MiB\n", *held >> 20 >= 100 ? "UNLIMITED" : "LIMITED", *held >> 20);
	return 0;
}
