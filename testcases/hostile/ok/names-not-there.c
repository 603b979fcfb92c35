/*
 * @name names-not-there
 * @kind resource
 * @why asks for more than a hundred thousand files that are not there; the kernel remembers each, and must forget them again within the limit
 * @needs gcc
 * @limits memory=32MiB cpu=8s wall=9s
 * @expect ok
 * @expect oom-kill no
 * @expect peak-memory<=36MiB
 * @unsandboxed same
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	static const char *const place[] = { ".", "/tmp", "/usr/lib", "/etc" };
	long there = 0;

	for (int i = 0; i < 120000; i++) {
		char name[300];

		snprintf(name, sizeof name, "%s/%0200d", place[i % 4], i);
		there += access(name, F_OK) == 0;
	}
	printf("DONE %ld\n", there);
	return 0;
}
