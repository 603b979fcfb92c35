/*
 * @name attributes-flood
 * @kind resource
 * @why large extended attributes on many files, which are no bytes of any file
 * @needs gcc
 * @limits memory=64MiB disk=32MiB cpu=4s wall=8s
 * @expect ok | memory | syscall
 * @expect peak-memory<=72MiB
 * @expect stdout-lacks UNLIMITED
 * @unsandboxed skip
 *
 * At most 200 MiB.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static char value[60000];

int main(void)
{
	long held = 0;

	memset(value, 'x', sizeof value);
	for (int i = 0; i < 400; i++) {
		char name[32];

		snprintf(name, sizeof name, "file-%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
		for (int k = 0; k < 9; k++) {
			char attribute[32];

			snprintf(attribute, sizeof attribute, "user.a%d", k);
			if (setxattr(name, attribute, value, sizeof value, 0) == 0)
				held += (long)sizeof value;
		}
	}
	printf("%s %ld MiB\n", held > 100 << 20 ? "UNLIMITED" : "LIMITED", held >> 20);
	return 0;
}
