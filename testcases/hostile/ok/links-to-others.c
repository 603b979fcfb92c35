/*
 * @name links-to-others
 * @kind escape-attempt
 * @why a hard link in the work directory to a file of the root file system, by name or by descriptor, would be handed over as one's own, and live on with its bits
 * @needs gcc
 * @args {canary}
 * @collect l0 l1 l2 l3 l4 l5
 * @expect ok
 * @expect stdout-lacks ESCAPED
 * @expect stdout-contains DONE
 * @expect file-refused l0
 * @expect file-refused l1
 * @expect file-refused l2
 * @expect file-refused l3
 * @unsandboxed skip
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *files[] = { "/etc/passwd", "/usr/bin/env", "/proc/1/exe", "/dev/null", argc > 1 ? argv[1] : "none", "/proc/self/fd/0" };
	int escaped = 0;

	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		char name[8], magic[64];
		int fd = open(files[i], O_PATH), how = 0;

		snprintf(name, sizeof name, "l%u", i);
		snprintf(magic, sizeof magic, "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, files[i], AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
			how = 1;
		else if (fd >= 0 && linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH) == 0)
			how = 2;
		else if (fd >= 0 && linkat(AT_FDCWD, magic, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
			how = 3;
		else if (rename(files[i], name) == 0)
			how = 4;
		printf("%s %s (%s)\n", how ? "ESCAPED" : "BLOCKED", files[i], how ? (const char *[]){ "", "link", "empty path", "magic link", "rename" }[how] : strerror(errno));
		escaped |= how != 0;
	}
	puts("DONE");
	return escaped ? 99 : 0;
}
