/*
 * @name socket-buffers
 * @kind resource
 * @why what waits in the queues of socket pairs is memory of the kernel
 * @needs gcc
 * @limits memory=24MiB nofile=256 wall=8s
 * @expect memory | ok
 * @expect peak-memory<=32MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed skip
 *
 * Up to 50 MiB.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static char block[65536];

int main(void)
{
	long held = 0;
	int p[2];

	memset(block, 1, sizeof block);
	for (int i = 0; i < 120 && socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0; i++)
		for (int side = 0; side < 2; side++) {
			ssize_t n;

			while ((n = send(p[side], block, sizeof block, MSG_DONTWAIT)) > 0)
				held += n;
		}
	printf("%s %ld MiB\n", held > 28 << 20 ? "UNLIMITED" : "LIMITED", held >> 20);
	return 0;
}
