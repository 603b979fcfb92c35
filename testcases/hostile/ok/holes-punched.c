/*
 * @name holes-punched
 * @kind resource
 * @why room is asked for beyond the end of files, given back in holes and asked for again; the bound on all files together must hold and not drift
 * @needs gcc
 * @limits disk=32MiB fsize=64MiB memory=128MiB wall=8s
 * @expect ok
 * @expect stdout-contains LIMITED
 * @expect stdout-lacks UNLIMITED
 * @expect stdout-lacks DRIFTED
 * @unsandboxed skip
 *
 * At most 96 MiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static long reserve(int fd)
{
	long n = 0;

	while (n < 60 && fallocate(fd, FALLOC_FL_KEEP_SIZE, n << 20, 1 << 20) == 0)
		n++;
	return n;
}

int main(void)
{
	int a = open("a", O_CREAT | O_RDWR, 0600), b = open("/tmp/b", O_CREAT | O_RDWR, 0600);
	long first, again = 0;

	if (a < 0 || b < 0)
		return 4;
	first = reserve(a);
	if (reserve(b) > 4 || first >= 60)
		puts("UNLIMITED");
	for (int i = 0; i < 20; i++) {
		if (fallocate(a, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 64 << 20) < 0)
			return 5;
		again = reserve(a);
		if (again < first - 2 || again > first + 2)
			printf("DRIFTED from %ld to %ld\n", first, again);
	}
	printf("LIMITED %ld %ld\n", first, again);
	unlink("/tmp/b");
	return 0;
}
