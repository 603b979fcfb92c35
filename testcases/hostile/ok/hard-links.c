/*
 * @name hard-links
 * @kind resource
 * @why one file under as many names as there may be: no bytes and no inodes, but names
 * @needs gcc
 * @limits inodes=4096 memory=64MiB cpu=5s wall=9s
 * @expect ok | memory
 * @expect stdout-lacks UNLIMITED
 * @expect peak-memory<=72MiB
 * @unsandboxed skip
 *
 * At most 300000 names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int n;

	close(open("file", O_CREAT | O_WRONLY, 0600));
	for (n = 0; n < 300000; n++) {
		char name[32];

		snprintf(name, sizeof name, "link-%d", n);
		if (link("file", name) < 0)
			break;
	}
	printf("%s %d\n", n >= 300000 ? "UNLIMITED" : "LIMITED", n);
	return 0;
}
