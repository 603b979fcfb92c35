/*
 * @name itself-removed
 * @kind robustness
 * @why removes, renames, truncates and overwrites its own program and everything else in its work directory, the directory too, and goes on
 * @needs gcc
 * @collect out.txt
 * @expect ok
 * @expect stdout-contains DONE
 * @expect file-refused out.txt
 * @unsandboxed skip
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = open(argv[0], O_WRONLY);

	(void)argc;
	if (fd >= 0 && write(fd, "#!/bin/false\n", 13) > 0)
		puts("OVERWRITTEN");
	if (truncate(argv[0], 0) == 0)
		puts("TRUNCATED");
	chmod(argv[0], 07777);
	rename(argv[0], "other");
	unlink(argv[0]);
	rmdir("/box");
	rename("/box", "/tmp/box");
	if (symlink("/etc", "/box") == 0)
		puts("REPLACED");
	mkdir("/box/out.txt", 0700);
	chmod("/box", 0);
	chmod(".", 0);
	puts("DONE");
	return 0;
}
